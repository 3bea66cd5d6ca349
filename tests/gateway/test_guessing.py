"""Guessing is slowed, tells nothing, and locks nobody out; and no link opens an account that has a way in."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from services.gateway.commands import waits
from services.gateway.commands.waits import wait_after
from shared.db.tenancy import Scope
from tests.gateway.door import Practice, bearer
from tests.gateway.inviting import Notify, accept, invite
from tests.gateway.means import (
    Human,
    at_work,
    sign_in_typed,
)
from tests.world.world import MovingClock, World

OTP, RECOVERY, PASSWORD = "one_time_password", "recovery_code", "password"
LONG = "four quiet words here"


def _no(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


class TestGuessing:
    def test_unknown_and_wrong_look_the_same(self, real: Practice, ana: Human) -> None:
        wrong = sign_in_typed(real, OTP, "000000")
        unknown = sign_in_typed(real, OTP, "000000", email="nobody@example.org")
        assert (wrong.status_code, wrong.data) == (unknown.status_code, unknown.data)
        assert dict(wrong.headers) == dict(unknown.headers)

    def test_whoever_guesses_waits_longer_and_longer(
        self, real: Practice, ana: Human, real_clock: MovingClock
    ) -> None:
        for _ in range(waits.FREE_HERE):
            assert sign_in_typed(real, OTP, "000000").status_code == 403
        waiting = sign_in_typed(real, OTP, ana.code())
        assert _no(waiting) == (429, "tried_too_often")
        assert waiting.headers["Retry-After"] == "1"
        real_clock.ahead += timedelta(seconds=1)
        assert sign_in_typed(real, OTP, "000000").status_code == 403
        assert sign_in_typed(real, OTP, "000000").headers["Retry-After"] == "2"
        real_clock.ahead += timedelta(seconds=2)
        assert sign_in_typed(real, OTP, ana.code()).status_code == 201, "the right one is taken"
        real_clock.ahead += timedelta(seconds=30)
        assert sign_in_typed(real, OTP, ana.code()).status_code == 201, "and not counted"

    def test_nobody_exists_more_for_waiting(self, real: Practice) -> None:
        for _ in range(waits.FREE_HERE):
            sign_in_typed(real, OTP, "000000", email="nobody@example.org")
        answer = sign_in_typed(real, OTP, "000000", email="nobody@example.org")
        assert _no(answer) == (429, "tried_too_often")

    def test_tries_from_many_addresses_add_up(self, real: Practice, ana: Human) -> None:
        codes = [
            sign_in_typed(
                real, OTP, "000000", environ_overrides={"REMOTE_ADDR": f"203.0.113.{number}"}
            ).status_code
            for number in range(waits.FREE_ANYWHERE + 3)
        ]
        assert codes[0] == 403
        assert codes[-1] == 429, "together they have to wait"

    def test_from_many_addresses_a_code_cannot_be_guessed(self) -> None:
        """Three of a million codes are right at a time: two dozen tries a day find one in decades."""
        assert timedelta(hours=1) <= waits.LONGEST

    def test_a_network_is_one_address(self, real: Practice, ana: Human) -> None:
        """Whoever has one IPv6 address has 2^64 of them."""
        codes = [
            sign_in_typed(
                real, OTP, "000000", environ_overrides={"REMOTE_ADDR": f"2001:db8:0:7::{number:x}"}
            ).status_code
            for number in range(waits.FREE_HERE + 1)
        ]
        assert codes == [403] * waits.FREE_HERE + [429]
        other = {"REMOTE_ADDR": "2001:db8:0:8::1"}
        assert sign_in_typed(real, OTP, "000000", environ_overrides=other).status_code == 403

    def test_tries_at_the_same_time_all_count(self, real: Practice, world: World) -> None:
        """A try is counted and committed before it is looked at."""
        database = world.sides["gateway"].app.extensions["attune_database"]
        one = {"subject": b"s" * 32, "device": None, "address": b"a" * 32, "at": world.clock()}
        with database.transaction(Scope(real.id)) as db:
            waits.count_try(db, **one)
        ((count,),) = world.rows(
            "gateway", real.id, "SELECT count FROM tries WHERE address_hash = %s", b"a" * 32
        )
        assert count == 1

    def test_waits_grow_to_a_bound(self) -> None:
        assert wait_after(4, free=5) == timedelta()
        assert wait_after(5, free=5) == timedelta(seconds=1)
        assert wait_after(8, free=5) == timedelta(seconds=8)
        assert wait_after(10**9, free=5) == waits.LONGEST


class TestInvitations:
    def test_who_has_a_way_in_is_not_invited_again(self, real: Practice, ana: Human, notify: Notify) -> None:
        desk = at_work(real, notify, "front_desk")
        assert _no(invite(real, bearer(desk.token), ana.person_id)) == (409, "already_joined")

    def test_a_link_that_was_sent_before_opens_no_login_with_a_way_in(
        self, real: Practice, notify: Notify
    ) -> None:
        desk, person_id = at_work(real, notify, "front_desk"), real.register_partner()
        invite(real, bearer(desk.token), person_id)
        human = Human(real, person_id, accept(real, notify.links[-1]).json["token"])
        invite(real, bearer(desk.token), person_id)
        assert human.add_passkey().status_code == 201
        assert accept(real, notify.links[-1]).status_code == 404

    def test_two_who_follow_links_of_one_account_do_not_both_set_it_up(
        self, real: Practice, notify: Notify
    ) -> None:
        desk, person_id = at_work(real, notify, "front_desk"), real.register_partner()
        humans = []
        for _ in range(2):
            invite(real, bearer(desk.token), person_id)
            humans.append(Human(real, person_id, accept(real, notify.links[-1]).json["token"]))
        assert humans[0].add_passkey().status_code == 201
        assert humans[1].get("/me").status_code == 401

    def test_nobody_else_is_invited_as_staff(self, real: Practice, notify: Notify) -> None:
        admin = at_work(real, notify, "practice_admin")
        assert admin.post(f"/staff/{uuid4()}/invitations").status_code == 404
        assert admin.post(f"/staff/{real.register_partner()}/invitations").status_code == 404
        assert _no(admin.post(f"/staff/{admin.person_id}/invitations")) == (409, "already_joined")
