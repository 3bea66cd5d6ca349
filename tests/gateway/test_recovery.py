"""Getting back in: three things are needed at once, and none of them does anything alone."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.gateway.identity import COOKIE
from tests.gateway.authenticator import Authenticator
from tests.gateway.door import Door, Practice, bearer
from tests.gateway.inviting import Notify, accept, invite
from tests.gateway.means import Human, at_work, sign_in_by_passkey
from tests.gateway.visitor import Visitor
from tests.world.world import MovingClock, World


@pytest.fixture
def mara(real: Practice, notify: Notify) -> Human:
    """A practitioner."""
    return at_work(real, notify, "practitioner")


@pytest.fixture
def ana(real: Practice, notify: Notify, mara: Human) -> Human:
    """A partner whom Mara treats, with a passkey."""
    _, one, _ = real.register_couple(mara.person_id)
    assert invite(real, bearer(mara.token), one).status_code == 201
    human = Human(real, one, accept(real, notify.links[-1]).json["token"])
    assert human.add_passkey().status_code == 201
    return human


def ask(real: Practice) -> Any:
    asked = real.door.post("/api/v1/recovery", {"practice": real.slug})
    assert asked.status_code == 201, asked.text
    return asked.json


def confirm(by: Human, person_id: UUID, code: str, key: str | None = None) -> Any:
    return by.post("/recovery/confirm", {"person_id": str(person_id), "code": code}, key=key)


def finish(real: Practice, device_token: str, link: str) -> Any:
    body = {"device_token": device_token, "link": link.rsplit("/", 1)[-1]}
    return real.door.post("/api/v1/recovery/finish", body)


def test_somebody_who_lost_everything_gets_back_in(
    real: Practice, notify: Notify, mara: Human, ana: Human, world: World
) -> None:
    asked = ask(real)
    confirmed = confirm(mara, ana.person_id, f"{asked['code'][:5]} {asked['code'][5:].lower()}")
    assert confirmed.status_code == 201, confirmed.text
    assert confirmed.json["is_message_sent"] is True
    assert ana.get("/me").status_code == 401, "all their sign-ins are over"
    assert sign_in_by_passkey(real, ana.device).status_code == 403, "and all their old means"

    back = finish(real, asked["device_token"], notify.links[-1])
    assert back.status_code == 201, back.text
    human = Human(real, ana.person_id, back.json["token"])
    assert human.get("/me/sign-ins").json["code"] == "set_up_first"
    assert human.add_passkey().status_code == 201
    assert sign_in_by_passkey(real, human.device).status_code == 201
    assert finish(real, asked["device_token"], notify.links[-1]).status_code == 404, "it works once"

    rows = world.rows("gateway", real.id, "SELECT type, payload FROM outbox ORDER BY id")
    told = [json.loads(bytes(one.payload)) for one in rows if "sign_in_recovered" in one.type]
    assert told == [{"person_id": str(ana.person_id)}]
    audit = world.rows(
        "gateway", real.id, "SELECT actor_id, about_id, route FROM audit_row WHERE kind = 'recovery'"
    )
    assert (mara.person_id, ana.person_id, "gateway.confirm_recovery") in {tuple(row) for row in audit}


class TestMisuse:
    def test_the_mailbox_alone_opens_nothing(
        self, real: Practice, notify: Notify, mara: Human, ana: Human
    ) -> None:
        """Who reads the other's mail asks on a device of their own: its secret is not that of the one that asked."""
        asked, theirs = ask(real), ask(real)
        assert confirm(mara, ana.person_id, asked["code"]).status_code == 201
        link = notify.links[-1]
        assert finish(real, theirs["device_token"], link).status_code == 404
        assert accept(real, link).status_code == 404, "it is no invitation"
        assert finish(real, asked["device_token"], link).status_code == 201, "the asking device still may"

    def test_no_invitation_opens_an_account_that_is_being_recovered(
        self, real: Practice, notify: Notify, mara: Human, ana: Human, real_clock: MovingClock
    ) -> None:
        """Neither one asked for now, nor one from before, nor one when the recovery is old: the device is needed."""
        asked = ask(real)
        assert confirm(mara, ana.person_id, asked["code"]).status_code == 201
        again = invite(real, bearer(mara.token), ana.person_id)
        assert (again.status_code, again.json["code"]) == (409, "already_joined")
        real_clock.ahead += timedelta(days=31)
        ask(real)
        mara.token = sign_in_by_passkey(real, mara.device).json["token"]
        assert invite(real, bearer(mara.token), ana.person_id).status_code == 409

    def test_an_invitation_from_before_ends_with_the_recovery(
        self, real: Practice, notify: Notify, mara: Human, world: World
    ) -> None:
        """Somebody came and set up nothing, was invited again, and then recovered."""
        _, one, _ = real.register_couple(mara.person_id)
        invite(real, bearer(mara.token), one)
        accept(real, notify.links[-1])
        assert invite(real, bearer(mara.token), one).status_code == 201
        open_still = notify.links[-1]
        assert confirm(mara, one, ask(real)["code"]).status_code == 201
        assert accept(real, open_still).status_code == 404
        left = (
            "SELECT id FROM invitation WHERE person_id = %s AND accepted_at IS NULL AND replaced_at IS NULL"
        )
        assert world.rows("gateway", real.id, left, one) == []

    def test_no_link_of_staff_opens_one_that_is_being_recovered(
        self, real: Practice, notify: Notify, mara: Human, world: World
    ) -> None:
        admin = at_work(real, notify, "practice_admin")
        new = real.join_staff("practitioner")
        assert admin.post(f"/staff/{new}/invitations").status_code == 201
        open_still = notify.links[-1]
        for who in (new, mara.person_id):
            assert confirm(admin, who, ask(real)["code"]).status_code == 201
            again = admin.post(f"/staff/{who}/invitations")
            assert (again.status_code, again.json["code"]) == (409, "already_joined")
        assert accept(real, open_still).status_code == 404
        left = "SELECT id FROM personal_link WHERE used_at IS NULL AND replaced_at IS NULL"
        assert world.rows("gateway", real.id, left) == []

    def test_the_phone_alone_opens_nothing(self, real: Practice, ana: Human) -> None:
        asked = ask(real)
        assert finish(real, asked["device_token"], asked["device_token"]).status_code == 404
        assert ana.get("/me").status_code == 200, "asking ends nothing"

    def test_asking_tells_nothing_about_anybody(self, real: Practice) -> None:
        assert set(ask(real)) == {"recovery_id", "device_token", "code", "expires_at"}

    @pytest.mark.P2
    def test_only_who_treats_them_confirms(
        self, real: Practice, notify: Notify, mara: Human, ana: Human
    ) -> None:
        asked, absent = ask(real), real.door.get("/api/v1/nothing").data
        for role in ("practitioner", "front_desk", "practice_admin"):
            denied = confirm(at_work(real, notify, role), ana.person_id, asked["code"])
            assert (denied.status_code, denied.data) == (404, absent)
        assert confirm(ana, ana.person_id, asked["code"]).status_code == 404
        assert ana.get("/me").status_code == 200

    def test_of_staff_an_admin_confirms_and_never_oneself(
        self, real: Practice, notify: Notify, mara: Human
    ) -> None:
        admin, asked = at_work(real, notify, "practice_admin"), ask(real)
        other = at_work(real, notify, "practitioner")
        assert confirm(mara, mara.person_id, asked["code"]).status_code == 404
        assert confirm(other, mara.person_id, asked["code"]).status_code == 404
        assert confirm(admin, admin.person_id, asked["code"]).status_code == 404
        assert confirm(admin, mara.person_id, asked["code"]).status_code == 201
        assert mara.get("/me").status_code == 401
        assert finish(real, asked["device_token"], notify.links[-1]).status_code == 201

    def test_a_code_is_heard_once_and_soon(
        self, real: Practice, notify: Notify, mara: Human, ana: Human, real_clock: MovingClock
    ) -> None:
        asked = ask(real)
        wrong = confirm(mara, ana.person_id, "ABCDE12345")
        assert (wrong.status_code, wrong.json["code"]) == (409, "code_wrong")
        real_clock.ahead += timedelta(minutes=30)
        mara.token = sign_in_by_passkey(real, mara.device).json["token"]
        assert confirm(mara, ana.person_id, asked["code"]).json["code"] == "code_wrong"
        again = ask(real)
        assert confirm(mara, ana.person_id, again["code"], key="the-same-key").status_code == 201
        sent = len(notify.links)
        assert confirm(mara, ana.person_id, again["code"], key="the-same-key").status_code == 201
        assert len(notify.links) == sent, "the same request is one confirmation"
        assert confirm(mara, ana.person_id, again["code"]).json["code"] == "code_wrong"

    def test_a_link_ends_after_a_day_or_when_there_is_a_newer_one(
        self, real: Practice, notify: Notify, mara: Human, ana: Human, real_clock: MovingClock
    ) -> None:
        first = ask(real)
        confirm(mara, ana.person_id, first["code"])
        older = notify.links[-1]
        second = ask(real)
        confirm(mara, ana.person_id, second["code"])
        assert finish(real, first["device_token"], older).status_code == 404
        real_clock.ahead += timedelta(hours=24)
        assert finish(real, second["device_token"], notify.links[-1]).status_code == 404

    def test_another_practice_hears_nothing(
        self, real: Practice, notify: Notify, mara: Human, ana: Human
    ) -> None:
        elsewhere = ask(real.door.create_practice(is_demo=False))
        assert confirm(mara, ana.person_id, elsewhere["code"]).json["code"] == "code_wrong"

    def test_confirming_needs_a_fresh_proof(
        self, real: Practice, mara: Human, ana: Human, real_clock: MovingClock
    ) -> None:
        asked = ask(real)
        real_clock.ahead += timedelta(minutes=16)
        assert confirm(mara, ana.person_id, asked["code"]).json["code"] == "step_up_needed"


def test_the_person_is_told_wherever_it_is_safe(door: Door, world: World) -> None:
    """With the real services: the notice reaches inbox and mail."""
    demo = door.create_practice()
    admin = Human(demo, demo.join_staff("practice_admin"), "")
    admin.token = demo.sign_in(admin.person_id)
    member = demo.join_staff("practitioner")
    world.pump()
    asked = demo.door.post("/api/v1/recovery", {"practice": demo.slug}).json
    assert confirm(admin, member, asked["code"]).status_code == 201
    world.pump()
    rows = world.rows(
        "notify", demo.id, "SELECT channel FROM delivery WHERE occasion = 'sign_in_recovered' ORDER BY 1"
    )
    assert [row[0] for row in rows] == ["email", "inbox"]
    inbox = door.get("/api/v1/notify/me/inbox", headers=bearer(demo.sign_in(member))).json
    assert "Call your practice" in inbox["items"][0]["text"]


def test_a_device_is_kept_apart() -> None:
    """Two authenticators of the tests are two devices, or the tests above show nothing."""
    assert Authenticator().credential_id != Authenticator().credential_id


class TestOnPages:
    def test_confirming_twice_by_one_form_counts_once(
        self, real: Practice, notify: Notify, mara: Human, ana: Human
    ) -> None:
        visitor = Visitor(real.door, cookie=mara.token)
        visitor.get("/back-in")
        form = {"person_id": str(ana.person_id), "code": ask(real)["code"]}
        first, sent = visitor.post("/back-in", form), len(notify.links)
        again = visitor.post("/back-in", {**form, **visitor.sent_before})
        assert again.text.count('role="alert"') == first.text.count('role="alert"') == 0
        assert again.text.count('role="status"') == 1
        assert len(notify.links) == sent

    def test_on_another_device_a_link_says_where_it_opens(
        self, real: Practice, notify: Notify, mara: Human, ana: Human
    ) -> None:
        confirm(mara, ana.person_id, ask(real)["code"])
        visitor, path = Visitor(real.door), "/recovery/" + notify.links[-1].rsplit("/", 1)[-1]
        visitor.get(path)
        shown = visitor.post(path)
        assert "only on the phone or computer where you asked" in shown.text
        assert COOKIE not in str(shown.headers.getlist("Set-Cookie"))


def test_where_mail_is_not_safe_no_link_goes_and_nothing_ends(
    real: Practice, notify: Notify, mara: Human, ana: Human
) -> None:
    """The owner of the address said no: it is known before their ways in end, so that they are not locked out."""
    asked, sent = ask(real), len(notify.links)
    notify.is_refused = True
    refused = confirm(mara, ana.person_id, asked["code"])
    assert (refused.status_code, refused.json["code"]) == (409, "address_refused")
    visitor = Visitor(real.door, cookie=mara.token)
    visitor.get("/back-in")
    shown = visitor.post("/back-in", {"person_id": str(ana.person_id), "code": asked["code"]})
    assert "not safe" in shown.text
    assert ana.get("/me").status_code == 200
    assert sign_in_by_passkey(real, ana.device).status_code == 201
    assert len(notify.links) == sent
