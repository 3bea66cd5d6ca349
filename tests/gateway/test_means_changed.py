"""A way to sign in is added, renewed or taken away: every other sign-in is over, and the person is told."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from services.gateway.commands.means import Here, means_changed
from shared.db.tenancy import Scope
from shared.errors import NotSignedIn
from shared.ids import new_id
from tests.gateway.authenticator import Authenticator
from tests.gateway.door import Practice, bearer
from tests.gateway.inviting import Notify
from tests.gateway.means import Human, at_work, comes_by_invitation
from tests.gateway.pages.care import sign_in
from tests.gateway.provider import use_provider
from tests.gateway.test_openid import link
from tests.gateway.visitor import Visitor
from tests.world.world import World

LONG = {"password": "four quiet words here", "email": "ana@example.org"}
Act = Callable[[Human], Any]


def add_passkey(human: Human) -> Any:
    return human.add_passkey(Authenticator(), "Laptop")


def remove_the_passkey(human: Human) -> Any:
    (one,) = human.get("/me/means").json["passkeys"]
    return human.post(f"/me/passkeys/{one['passkey_id']}/remove")


def set_password(human: Human) -> Any:
    return human.post("/me/password", LONG)


def replace_password(human: Human) -> Any:
    return human.post("/me/password", {**LONG, "password": "five other quiet words here"})


def remove_codes(human: Human) -> Any:
    return human.post("/me/one-time-password/remove")


def add_codes_again(human: Human) -> Any:
    return human.add_codes()


CHANGES: list[tuple[str, list[Act], Act]] = [
    ("a passkey is added", [], add_passkey),
    ("a passkey is removed", [add_passkey], remove_the_passkey),
    ("codes are set up", [add_passkey, remove_codes], add_codes_again),
    ("codes are removed", [add_passkey], remove_codes),
    ("recovery codes are renewed", [], lambda human: human.post("/me/recovery-codes")),
    ("a password is set", [], set_password),
    ("a password is replaced", [set_password], replace_password),
    ("a password is removed", [set_password], lambda human: human.post("/me/password/remove")),
]  # fmt: skip


def told(world: World, practice: Practice) -> list[dict[str, str]]:
    rows = world.rows("gateway", practice.id, "SELECT type, payload FROM outbox ORDER BY id")
    return [json.loads(bytes(one.payload)) for one in rows if "ways_in_changed" in one.type]


def is_signed_in(practice: Practice, token: str) -> bool:
    return bool(practice.door.get("/api/v1/me", headers=bearer(token)).status_code == 200)


def elsewhere(human: Human) -> str:
    """Somebody is signed in as them on another device, by whatever means."""
    token = sign_in(human.practice.door, human.practice.id, human.person_id)
    assert is_signed_in(human.practice, token)
    return token


@pytest.mark.parametrize(("before", "change"), [one[1:] for one in CHANGES], ids=[one[0] for one in CHANGES])
def test_every_change_ends_the_other_sign_ins_and_is_told_once(
    real: Practice, ana: Human, world: World, notify: Notify, before: list[Act], change: Act
) -> None:
    operator = real.door.operator(real.slug)
    real.door.post("/api/v1/practice/sign-in/passwords", {"is_password_allowed": True}, headers=operator)
    bo = comes_by_invitation(real, notify, email="bo@example.org")
    assert bo.add_passkey().status_code == 201
    for act in before:
        assert act(ana).status_code in (200, 201)
    other, known = elsewhere(ana), len(told(world, real))
    changed = change(ana)
    assert changed.status_code in (200, 201), changed.text
    assert not is_signed_in(real, other)
    assert is_signed_in(real, ana.token), "whoever makes the change stays"
    assert is_signed_in(real, bo.token), "nobody else's is touched"
    assert told(world, real)[known:] == [{"person_id": str(ana.person_id)}]


def test_the_practices_own_sign_in_is_a_way_in_like_others(
    real: Practice, notify: Notify, issuer: str, world: World
) -> None:
    use_provider(real, issuer)
    mara = at_work(real, notify, "practitioner")
    for change in (lambda: link(mara, "changing"), lambda: mara.post("/me/openid/remove")):
        other, known = elsewhere(mara), len(told(world, real))
        assert change().status_code in (200, 201)
        assert not is_signed_in(real, other)
        assert is_signed_in(real, mara.token)
        assert told(world, real)[known:] == [{"person_id": str(mara.person_id)}]


def test_on_the_page_too(real: Practice, ana: Human, world: World) -> None:
    other, visitor = elsewhere(ana), Visitor(real.door, cookie=ana.token)
    visitor.get("/ways-in")
    assert "recovery" in visitor.post("/ways-in/codes/renew").text
    assert not is_signed_in(real, other)
    assert is_signed_in(real, ana.token)
    assert len(told(world, real)) == 1


def test_setting_up_the_first_and_what_is_refused_tell_nobody(
    real: Practice, ana: Human, world: World
) -> None:
    other = elsewhere(ana)
    assert ana.post("/me/one-time-password/remove").json["code"] == "last_means"
    assert ana.post("/me/one-time-password").json["code"] == "codes_in_use"
    assert is_signed_in(real, other)
    assert told(world, real) == []


def test_of_two_who_change_it_at_once_the_second_is_out_already(
    real: Practice, ana: Human, world: World
) -> None:
    """Its request came in while its sign-in still counted."""
    other = elsewhere(ana)
    assert add_passkey(ana).status_code == 201
    database, tokens = (real.door.app.extensions[name] for name in ("attune_database", "gateway_tokens"))
    query = "SELECT id FROM sign_in WHERE person_id = %s AND ended_at IS NOT NULL AND NOT is_setting_up"
    ((over,),) = world.rows("gateway", real.id, query, ana.person_id)
    assert not is_signed_in(real, other)
    for sign_in_id in (over, new_id()):
        mine = Here(sign_in_id, tokens, world.clock())
        with pytest.raises(NotSignedIn), database.transaction(Scope(real.id)) as db:
            means_changed(db, mine, person_id=ana.person_id)
    assert is_signed_in(real, ana.token)


def test_the_page_says_when_each_passkey_was_used_last(real: Practice, ana: Human) -> None:
    assert add_passkey(ana).status_code == 201
    visitor = Visitor(real.door, cookie=ana.token)
    assert "Not used yet." in visitor.get("/ways-in").text
    (one,) = ana.get("/me/means").json["passkeys"]
    assert one["used_at"] is None
    database = real.door.app.extensions["attune_database"]
    with database.transaction(Scope(real.id)) as db:
        db.connection().exec_driver_sql("UPDATE passkey SET used_at = '2026-02-03T18:00:00Z'")
    page = visitor.get("/ways-in").text
    assert "Last used on" in page
    assert "3 February" in page or "February 3" in page
    assert "Not used yet." not in page
