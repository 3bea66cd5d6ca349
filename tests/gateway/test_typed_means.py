"""Codes of an app, recovery codes and passwords: right ones once, wrong ones slowed, and the same no for everybody."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from argon2 import PasswordHasher

from services.gateway.commands import waits
from services.gateway.commands.passwords import HASHER
from services.gateway.commands.waits import wait_after
from services.gateway.domain import is_taken_from
from services.gateway.tokens import read_code
from shared.db.tenancy import Scope
from tests.gateway.door import Practice, bearer
from tests.gateway.inviting import Notify, accept, invite
from tests.gateway.means import (
    Human,
    at_work,
    comes_by_invitation,
    comes_to_work,
    real_practice,
    sign_in_typed,
)
from tests.world.world import MovingClock, World

OTP, RECOVERY, PASSWORD = "one_time_password", "recovery_code", "password"
LONG = "four quiet words here"


@pytest.fixture
def real_clock(world: World) -> Iterator[MovingClock]:
    yield world.clock
    world.clock.ahead = timedelta()


@pytest.fixture
def real(clinic: Practice) -> Practice:
    return real_practice(clinic)


@pytest.fixture
def ana(real: Practice, notify: Notify) -> Human:
    """A partner who signs in with codes."""
    human = comes_by_invitation(real, notify)
    done = human.add_codes()
    assert done.status_code == 200, done.text
    return human


def _no(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


class TestCodes:
    def test_an_app_shows_codes_and_each_works_once(
        self, real: Practice, ana: Human, real_clock: MovingClock
    ) -> None:
        assert ana.get("/me/means").json["has_one_time_password"] is True
        signed = sign_in_typed(real, OTP, ana.code())
        assert signed.status_code == 201, signed.text
        assert signed.json["person_id"] == str(ana.person_id)
        assert _no(sign_in_typed(real, OTP, ana.code())) == (403, "sign_in_refused")
        real_clock.ahead += timedelta(seconds=30)
        assert _no(sign_in_typed(real, OTP, ana.code(-1))) == (403, "sign_in_refused"), "of an earlier step"
        assert sign_in_typed(real, OTP, f"{ana.code()[:3]} {ana.code()[3:]}").status_code == 201

    def test_a_clock_may_be_off_by_one_step(
        self, real: Practice, ana: Human, real_clock: MovingClock
    ) -> None:
        real_clock.ahead += timedelta(minutes=5)
        for steps in (-2, 2):
            assert sign_in_typed(real, OTP, ana.code(steps)).status_code == 403
        for steps in (-1, 0, 1):
            assert sign_in_typed(real, OTP, ana.code(steps)).status_code == 201, steps

    def test_the_secret_is_sealed_and_never_shown_again(
        self, real: Practice, ana: Human, world: World
    ) -> None:
        for table in ("one_time_password", "recovery_code", "outbox", "idempotency", "audit_row"):
            rows = repr(world.rows("gateway", real.id, f"SELECT {table}::text FROM {table}"))
            assert ana.secret not in rows
            assert not any(code in rows for code in ana.recovery_codes)
        assert _no(ana.post("/me/one-time-password")) == (409, "codes_in_use")

    def test_a_secret_counts_only_once_a_code_was_right(self, real: Practice, notify: Notify) -> None:
        human = comes_by_invitation(real, notify)
        human.secret = human.post("/me/one-time-password").json["key"].replace(" ", "")
        body = {"code": "000000", "email": "ana@example.org"}
        assert _no(human.post("/me/one-time-password/confirm", body)) == (409, "code_wrong")
        assert human.get("/me/means").json["has_one_time_password"] is False
        assert sign_in_typed(real, OTP, human.code()).status_code == 403
        assert human.get("/me/sign-ins").json["code"] == "set_up_first"

    @pytest.mark.A1
    def test_each_use_is_written_down(self, real: Practice, ana: Human, world: World) -> None:
        sign_in_typed(real, OTP, ana.code())
        rows = world.rows(
            "gateway",
            real.id,
            "SELECT route, act, about_id FROM audit_row WHERE kind = 'one_time_password'",
        )
        assert ("gateway.sign_in_typed", "change", ana.person_id) in {tuple(row) for row in rows}


class TestRecoveryCodes:
    def test_there_are_ten_and_each_works_once(self, real: Practice, ana: Human) -> None:
        assert len(set(ana.recovery_codes)) == 10
        code = ana.recovery_codes[3]
        typed = f"{code[:5].lower()}-{code[5:]}"
        assert sign_in_typed(real, RECOVERY, typed).status_code == 201
        assert _no(sign_in_typed(real, RECOVERY, code)) == (403, "sign_in_refused")
        assert ana.get("/me/means").json["recovery_codes_left"] == 9

    def test_new_ones_end_the_old(self, real: Practice, ana: Human) -> None:
        renewed = ana.post("/me/recovery-codes")
        assert renewed.status_code == 201, renewed.text
        fresh = renewed.json["recovery_codes"]
        assert not set(fresh) & set(ana.recovery_codes)
        assert sign_in_typed(real, RECOVERY, ana.recovery_codes[0]).status_code == 403
        assert sign_in_typed(real, RECOVERY, fresh[0]).status_code == 201
        assert sign_in_typed(real, OTP, ana.code()).status_code == 201, "the app shows codes as before"

    def test_they_are_read_as_they_were_meant(self) -> None:
        assert read_code("o1-il 0z") == "01110Z"


class TestAddresses:
    def test_one_signs_in_with_the_address_of_ones_invitation(self, real: Practice, notify: Notify) -> None:
        human = comes_by_invitation(real, notify)
        refused = human.add_codes("somebody@else.example")
        assert _no(refused) == (409, "not_the_address_you_joined_with")
        assert human.add_codes("ANA@example.org").status_code == 200

    def test_an_address_signs_in_one_person_only(self, real: Practice, ana: Human, notify: Notify) -> None:
        """Of another couple: within one it is refused when they are invited."""
        other = comes_by_invitation(real, notify)
        assert _no(other.add_codes()) == (409, "not_the_address_you_joined_with")
        assert other.add_passkey().status_code == 201

    @pytest.mark.P3
    def test_it_is_kept_as_a_keyed_hash(self, real: Practice, ana: Human, world: World) -> None:
        for table in ("account", "tries", "invitation", "outbox"):
            rows = repr(world.rows("gateway", real.id, f"SELECT {table}::text FROM {table}"))
            assert "ana@" not in rows


class TestStaff:
    def test_codes_and_passwords_are_not_for_staff(self, real: Practice, notify: Notify) -> None:
        human = comes_to_work(real, notify, "practitioner")
        assert _no(human.add_codes()) == (409, "not_for_staff")
        body = {"password": LONG, "email": "ana@example.org"}
        assert _no(human.post("/me/password", body)) == (409, "not_for_staff")


class TestPasswords:
    def allow(self, real: Practice, is_allowed: bool) -> None:
        body = {"is_password_allowed": is_allowed}
        answer = real.door.post(
            "/api/v1/practice/sign-in/passwords", body, headers=real.door.operator(real.slug)
        )
        assert answer.json["is_password_allowed"] is is_allowed

    def test_only_where_the_practice_allows_them(self, real: Practice, ana: Human) -> None:
        body = {"password": LONG, "email": "ana@example.org"}
        assert _no(ana.post("/me/password", body)) == (409, "password_not_allowed")
        self.allow(real, True)
        assert ana.post("/me/password", body).json["has_password"] is True
        assert sign_in_typed(real, PASSWORD, LONG).status_code == 201
        assert sign_in_typed(real, PASSWORD, LONG + "x").status_code == 403
        self.allow(real, False)
        assert _no(sign_in_typed(real, PASSWORD, LONG)) == (403, "sign_in_refused")

    def test_taking_them_away_opens_no_account_by_mail(self, real: Practice, notify: Notify) -> None:
        human = comes_by_invitation(real, notify)
        self.allow(real, True)
        set_up = human.post("/me/password", {"password": LONG, "email": "ana@example.org"})
        assert set_up.status_code == 200, set_up.text
        desk = at_work(real, notify, "front_desk")
        self.allow(real, False)
        again = invite(real, bearer(desk.token), human.person_id)
        assert _no(again) == (409, "already_joined")

    def test_it_is_argon2id_and_hashed_anew_when_that_gets_stronger(
        self, real: Practice, ana: Human, world: World
    ) -> None:
        self.allow(real, True)
        ana.post("/me/password", {"password": LONG, "email": "ana@example.org"})
        weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(LONG)
        with world.sides["gateway"].app.extensions["attune_database"].transaction(Scope(real.id)) as db:
            db.connection().exec_driver_sql("UPDATE password SET argon2 = %s", (weak,))
        assert sign_in_typed(real, PASSWORD, LONG).status_code == 201
        ((kept,),) = world.rows("gateway", real.id, "SELECT argon2 FROM password")
        assert kept.startswith("$argon2id$")
        assert not HASHER.check_needs_rehash(kept)

    def test_a_short_one_is_refused(self, real: Practice, ana: Human) -> None:
        self.allow(real, True)
        answer = ana.post("/me/password", {"password": "eleven-1234", "email": "ana@example.org"})
        assert answer.json["errors"][0]["pointer"] == "/password"
        assert "eleven" not in answer.text

    def test_one_that_is_the_address_again_is_easy(self) -> None:
        assert is_taken_from("anastasia12345", "Anastasia@example.org")
        assert not is_taken_from("four words and anastasia again", "anastasia@example.org")
        assert not is_taken_from("anagrams and more", "ana@example.org")


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
        assert sign_in_typed(real, OTP, ana.code()).status_code == 201, "and all is forgotten"

    def test_nobody_exists_more_for_waiting(self, real: Practice) -> None:
        for _ in range(waits.FREE_HERE):
            sign_in_typed(real, OTP, "000000", email="nobody@example.org")
        answer = sign_in_typed(real, OTP, "000000", email="nobody@example.org")
        assert _no(answer) == (429, "tried_too_often")

    def test_elsewhere_others_tries_do_not_lock_one_out(self, real: Practice, ana: Human) -> None:
        """The owner has signed in from their own address; somebody guesses from many others."""
        assert sign_in_typed(real, RECOVERY, ana.recovery_codes[0]).status_code == 201
        codes = [
            sign_in_typed(
                real, OTP, "000000", environ_overrides={"REMOTE_ADDR": f"203.0.113.{number}"}
            ).status_code
            for number in range(waits.FREE_ANYWHERE + 3)
        ]
        assert codes[0] == 403
        assert codes[-1] == 429, "together they have to wait"
        assert sign_in_typed(real, OTP, ana.code()).status_code == 201, "the owner does not"

    def test_from_many_addresses_a_code_cannot_be_guessed(self) -> None:
        """Three of a million codes are right at a time: two dozen tries a day find one in decades."""
        assert timedelta(hours=1) <= waits.LONGEST_ANYWHERE

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
        one = {"subject": b"s" * 32, "address": b"a" * 32, "at": world.clock()}
        with database.transaction(Scope(real.id)) as db:
            waits.count_try(db, **one)
        ((count,),) = world.rows(
            "gateway", real.id, "SELECT count FROM tries WHERE address_hash = %s", b"a" * 32
        )
        assert count == 1

    def test_waits_grow_to_a_bound(self) -> None:
        hour = timedelta(hours=1)
        assert wait_after(4, free=5, longest=hour) == timedelta()
        assert wait_after(5, free=5, longest=hour) == timedelta(seconds=1)
        assert wait_after(8, free=5, longest=hour) == timedelta(seconds=8)
        assert wait_after(10**9, free=5, longest=hour) == hour


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
