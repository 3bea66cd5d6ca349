"""Codes of an app, recovery codes and passwords: right ones once, wrong ones slowed, and the same no for everybody."""

from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from services.gateway.commands.passwords import HASHER
from services.gateway.domain import is_taken_from
from services.gateway.tokens import read_code
from shared.db.tenancy import Scope
from tests.gateway.door import Practice, bearer
from tests.gateway.inviting import Notify, invite
from tests.gateway.means import (
    Human,
    at_work,
    comes_by_invitation,
    comes_to_work,
    sign_in_typed,
)
from tests.world.world import MovingClock, World

OTP, RECOVERY, PASSWORD = "one_time_password", "recovery_code", "password"
LONG = "four quiet words here"


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
