"""A partner is invited to a login of their own: one link, once, for seven days, and never twice."""

import hashlib
import json
import re
from uuid import UUID, uuid4

import pytest

from services.gateway.tokens import INVITATION
from shared.events.intake import CoupleRegistered
from tests.gateway.door import Door, Practice, bearer
from tests.gateway.inviting import Notify, accept, invite
from tests.gateway.visitor import Visitor
from tests.world.world import World


def test_an_invited_partner_gets_a_login_of_their_own(clinic: Practice, notify: Notify, world: World) -> None:
    person_id = clinic.register_partner()
    invited = invite(clinic, clinic.signed_in("front_desk"), person_id)
    assert invited.status_code == 201, invited.text
    assert set(invited.json) == {
        "invitation_id", "person_id", "contact_id", "expires_at", "state", "is_message_sent",
    }  # fmt: skip
    assert (invited.json["state"], invited.json["is_message_sent"]) == ("open", True)
    (message,) = notify.messages.values()
    assert message["contact_id"] == invited.json["contact_id"]
    assert message["template"] == "invitation"
    assert message["contact_id"] in {str(one) for one in notify.contacts.values()}
    assert re.fullmatch(r"http://localhost:8000/i/[\w-]{64}", message["link"])

    accepted = accept(clinic, message["link"])
    assert accepted.status_code == 201, accepted.text
    assert (accepted.json["person_id"], accepted.json["roles"]) == (str(person_id), ["partner"])
    assert "__Host-attune=" in accepted.headers["Set-Cookie"]
    me = clinic.door.get("/api/v1/me", headers=bearer(accepted.json["token"]))
    assert me.json["roles"] == ["partner"]
    rows = world.rows("gateway", clinic.id, "SELECT type, payload FROM outbox ORDER BY id")[-2:]
    assert [one.type.split(".")[2] for one in rows] == ["partner_invited", "invitation_accepted"]
    told = [json.loads(bytes(one.payload)) for one in rows]
    assert {one["contact_id"] for one in told} == {invited.json["contact_id"]}


def test_a_link_works_once(clinic: Practice, notify: Notify) -> None:
    invite(clinic, clinic.signed_in("front_desk"), clinic.register_partner())
    first = accept(clinic, notify.links[0], key="the-same-key")
    again = accept(clinic, notify.links[0], key="the-same-key")
    assert first.data == again.data, "the same request is one acceptance"
    assert accept(clinic, notify.links[0]).status_code == 404


def test_a_link_ends_after_seven_days_of_the_practices_time(clinic: Practice, notify: Notify) -> None:
    desk, admin = clinic.signed_in("front_desk"), clinic.signed_in("practice_admin")
    early, late = clinic.register_partner(), clinic.register_partner()
    invite(clinic, desk, early)
    invite(clinic, desk, late)
    clinic.door.post("/api/v1/demo/clock", {"forward_s": 7 * 86400 - 60}, headers=admin)
    assert accept(clinic, notify.links[0]).status_code == 201
    clinic.door.post("/api/v1/demo/clock", {"forward_s": 60}, headers=admin)
    assert accept(clinic, notify.links[1]).status_code == 404


def test_a_new_invitation_ends_the_one_before(clinic: Practice, notify: Notify) -> None:
    desk, person_id = clinic.signed_in("front_desk"), clinic.register_partner()
    invite(clinic, desk, person_id)
    invite(clinic, desk, person_id)
    assert notify.links[0] != notify.links[1]
    assert accept(clinic, notify.links[0]).status_code == 404
    assert accept(clinic, notify.links[1]).status_code == 201


def test_a_link_never_opens_the_login_of_staff(clinic: Practice, notify: Notify, world: World) -> None:
    desk, member = clinic.signed_in("front_desk"), clinic.join_staff("practitioner")
    world.tell(clinic.id, CoupleRegistered(couple_id=uuid4(), partner_ids=(member,)))
    refused = invite(clinic, desk, member)
    assert (refused.status_code, refused.json["code"]) == (409, "already_joined")
    assert notify.links == []


def test_only_a_partner_that_intake_registered_can_be_invited(clinic: Practice, notify: Notify) -> None:
    assert invite(clinic, clinic.signed_in("front_desk"), uuid4()).status_code == 404
    other = clinic.door.create_practice()
    assert invite(clinic, clinic.signed_in("front_desk"), other.register_partner()).status_code == 404
    assert notify.links == []


def test_a_couple_registered_twice_is_known_once(clinic: Practice, world: World) -> None:
    couple_id, person_id = uuid4(), uuid4()
    for _ in range(2):
        world.tell(clinic.id, CoupleRegistered(couple_id=couple_id, partner_ids=(person_id,)))
    assert len(world.rows("gateway", clinic.id, "SELECT 1 FROM partner")) == 1


@pytest.mark.parametrize("noun", ["contacts", "messages"])
def test_a_retry_heals_a_half_done_invitation(
    clinic: Practice, notify: Notify, world: World, noun: str
) -> None:
    desk, person_id = clinic.signed_in("front_desk"), clinic.register_partner()
    notify.is_down_for = {noun}
    assert invite(clinic, desk, person_id, key="the-same-key").status_code == 503
    notify.is_down_for = set()
    first = invite(clinic, desk, person_id, key="the-same-key")
    again = invite(clinic, desk, person_id, key="the-same-key")
    assert first.status_code == 201
    assert first.data == again.data
    assert len(notify.links) == 1, "one message with one link"
    assert len(world.rows("gateway", clinic.id, "SELECT 1 FROM invitation")) == 1
    assert accept(clinic, notify.links[0]).status_code == 201


@pytest.mark.P3
def test_the_token_is_only_in_the_message(clinic: Practice, notify: Notify, world: World) -> None:
    answer = invite(clinic, clinic.signed_in("front_desk"), clinic.register_partner())
    token = notify.links[0].rsplit("/", 1)[-1]
    assert token not in answer.text + str(answer.headers)
    ((kept,),) = world.rows("gateway", clinic.id, "SELECT token_hash FROM invitation")
    assert bytes(kept) == hashlib.sha256(token.encode()).digest()
    for table in ("invitation", "outbox", "idempotency", "timer"):
        rows = repr(world.rows("gateway", clinic.id, f"SELECT {table}::text FROM {table}"))
        assert token not in rows
        assert "ana@example.org" not in rows


@pytest.mark.P2
def test_a_partner_invites_nobody(clinic: Practice, notify: Notify) -> None:
    invite(clinic, clinic.signed_in("front_desk"), clinic.register_partner())
    partner = bearer(accept(clinic, notify.links[0]).json["token"])
    assert invite(clinic, partner, clinic.register_partner()).status_code == 404


@pytest.mark.parametrize("token", ["x", "A" * 64, "é", " "])
def test_what_is_no_link_is_not_found(clinic: Practice, token: str) -> None:
    assert clinic.door.post("/api/v1/invitations/accept", {"token": token}).status_code == 404


def test_a_link_opened_in_a_browser_asks_first(clinic: Practice, notify: Notify, world: World) -> None:
    invite(clinic, clinic.signed_in("front_desk"), clinic.register_partner())
    path = notify.links[0].removeprefix("http://localhost:8000")
    visitor = Visitor(clinic.door)
    for _ in range(2):  # a program that follows links in mails uses nothing up
        assert "Set up my login" in visitor.get(path).text
    assert visitor.post(path, Origin="https://elsewhere.example").status_code == 403
    accepted = visitor.post(path)
    assert accepted.status_code == 303
    assert any(one.startswith("__Host-attune=") for one in accepted.headers.getlist("Set-Cookie"))
    stranger = Visitor(clinic.door)
    stranger.get("/style")
    page = stranger.post(path)
    assert page.status_code == 404
    assert page.mimetype == "text/html"


def test_a_partners_name_is_learned_from_intake(door: Door, world: World) -> None:
    """With the real services: intake knows the name, no event says it."""
    practice = door.create_practice()
    desk = practice.signed_in("front_desk")
    couple = door.post(
        "/api/v1/intake/couples",
        {"partners": [{"display_name": "Sam"}, {"display_name": "Noor"}]},
        headers=desk,
    )
    assert couple.status_code == 201, couple.text
    world.pump()
    person_id = UUID(couple.json["partners"][0]["person_id"])
    assert invite(practice, desk, person_id).status_code == 201
    link = _link_of(practice, person_id)
    accepted = door.post("/api/v1/invitations/accept", {"token": link})
    assert accepted.status_code == 201
    assert door.get("/api/v1/me", headers=bearer(accepted.json["token"])).json["display_name"] == "Sam"
    people = door.get(f"/api/v1/demo/people?practice={practice.slug}").json["items"]
    assert [(one["display_name"], one["roles"]) for one in people] == [
        ("Ines", ["front_desk"]),
        ("Sam", ["partner"]),
    ]


def _link_of(practice: Practice, person_id: UUID) -> str:
    """The token, made again as the gateway makes it: the mail is notify's."""
    world = practice.door.world
    sql = "SELECT id FROM invitation WHERE person_id = %s"
    ((invitation_id,),) = world.rows("gateway", practice.id, sql, person_id)
    made: str = practice.door.app.extensions["gateway_tokens"].make(INVITATION, practice.id, invitation_id)
    return made
