"""Passkeys: every ceremony with a real signature, and everything about one that can be wrong."""

from datetime import timedelta
from typing import Any

import pytest

from tests.gateway.authenticator import Authenticator
from tests.gateway.door import Practice, bearer
from tests.gateway.inviting import Notify, accept
from tests.gateway.means import (
    Human,
    at_work,
    comes_to_work,
    sign_in_by_passkey,
)
from tests.world.world import MovingClock, World


def _refused(answer: Any, code: str = "sign_in_refused") -> bool:
    return (answer.status_code, answer.json["code"]) == (409 if code != "sign_in_refused" else 403, code)


def test_who_follows_a_link_sets_up_a_passkey_first_and_is_then_at_work(
    real: Practice, notify: Notify, world: World
) -> None:
    human = comes_to_work(real, notify, "practitioner")
    before = human.token
    waiting = human.get("/staff")
    assert (waiting.status_code, waiting.json["code"]) == (403, "set_up_first")
    assert human.get("/me").status_code == 200
    added = human.add_passkey(name="My phone")
    assert added.status_code == 201, added.text
    assert [one["name"] for one in added.json["passkeys"]] == ["My phone"]
    assert human.token != before
    assert human.get("/staff").status_code == 200
    old = real.door.get("/api/v1/me", headers=bearer(before))
    assert old.status_code == 401, "the token changes with what it may do"
    assert accept(real, notify.links[-1]).status_code == 404, "a link works once"

    signed = sign_in_by_passkey(real, human.device)
    assert signed.status_code == 201, signed.text
    assert signed.json["person_id"] == str(human.person_id)
    assert "__Host-attune=" in signed.headers["Set-Cookie"]
    ((count,),) = world.rows("gateway", real.id, "SELECT sign_count FROM passkey")
    assert count == 1


def test_a_challenge_is_answered_once(real: Practice, notify: Notify) -> None:
    human = at_work(real, notify, "practitioner")
    begun = real.door.post("/api/v1/sign-in/passkey/challenge", {"practice": real.slug}).json
    body = {
        "practice": real.slug,
        "challenge_id": begun["challenge_id"],
        "credential": human.device.get(begun["options"]),
    }
    assert real.door.post("/api/v1/sign-in/passkey", body).status_code == 201
    again = real.door.post("/api/v1/sign-in/passkey", body)
    assert _refused(again)
    human.device.counts = False
    later = real.door.post("/api/v1/sign-in/passkey/challenge", {"practice": real.slug}).json
    replayed = real.door.post("/api/v1/sign-in/passkey", {**body, "challenge_id": later["challenge_id"]})
    assert _refused(replayed), "an answer to another challenge"


def test_a_challenge_ends_after_five_minutes(real: Practice, notify: Notify, real_clock: MovingClock) -> None:
    human = at_work(real, notify, "practitioner")
    begun = real.door.post("/api/v1/sign-in/passkey/challenge", {"practice": real.slug}).json
    body = {"practice": real.slug, "challenge_id": begun["challenge_id"]}
    real_clock.ahead += timedelta(minutes=5)
    answer = {**body, "credential": human.device.get(begun["options"])}
    assert _refused(real.door.post("/api/v1/sign-in/passkey", answer))


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:9000"},
        {"rp_id": "evil.example"},
        {"is_verified": False},
        {"count": -1},
    ],
    ids=["another site", "another port", "another party", "nobody verified", "count went back"],
)
def test_a_wrong_answer_signs_nobody_in(real: Practice, notify: Notify, wrong: dict[str, Any]) -> None:
    human = at_work(real, notify, "practitioner")
    assert sign_in_by_passkey(real, human.device).status_code == 201
    assert sign_in_by_passkey(real, human.device).status_code == 201
    for name, value in wrong.items():
        setattr(human.device, name, value if name != "count" else 0)
    answer = sign_in_by_passkey(real, human.device)
    assert _refused(answer)
    assert "token" not in answer.text


def test_another_key_or_another_handle_is_nobody(real: Practice, notify: Notify) -> None:
    human, other = at_work(real, notify, "practitioner"), at_work(real, notify, "practitioner")
    forged = Authenticator(credential_id=human.device.credential_id, user_handle=human.device.user_handle)
    assert _refused(sign_in_by_passkey(real, forged))
    assert _refused(sign_in_by_passkey(real, Authenticator()))
    human.device.user_handle = other.person_id.bytes
    assert _refused(sign_in_by_passkey(real, human.device))


@pytest.mark.P2
def test_a_passkey_opens_its_own_practice_only(real: Practice, notify: Notify) -> None:
    human = at_work(real, notify, "practitioner")
    elsewhere = real.door.create_practice(is_demo=False)
    assert _refused(sign_in_by_passkey(elsewhere, human.device))


def test_a_wrong_one_is_not_added(real: Practice, notify: Notify) -> None:
    human = at_work(real, notify, "practitioner")
    for wrong in (
        Authenticator(origin="https://evil.example"),
        Authenticator(rp_id="evil.example"),
        Authenticator(is_verified=False),
        human.device,
    ):
        assert _refused(human.add_passkey(wrong), "passkey_refused")
    other = at_work(real, notify, "practitioner")
    begun = other.post("/me/passkeys/challenge").json
    body = {
        "challenge_id": begun["challenge_id"],
        "name": "Theirs",
        "credential": Authenticator().create(begun["options"]),
    }
    assert human.post("/me/passkeys", body).status_code == 403, "somebody else's challenge"


def test_several_are_kept_and_the_last_stays(real: Practice, notify: Notify) -> None:
    human = at_work(real, notify, "practitioner")
    second = Authenticator()
    assert human.add_passkey(second, name="Key on my ring").status_code == 201
    shown = human.get("/me/means").json["passkeys"]
    assert [one["name"] for one in shown] == ["Phone", "Key on my ring"]
    assert sign_in_by_passkey(real, second).status_code == 201

    removed = human.post(f"/me/passkeys/{shown[1]['passkey_id']}/remove")
    assert len(removed.json["passkeys"]) == 1
    assert _refused(sign_in_by_passkey(real, second))
    last = human.post(f"/me/passkeys/{shown[0]['passkey_id']}/remove")
    assert _refused(last, "last_means")

    other = at_work(real, notify, "practitioner")
    theirs = other.get("/me/means").json["passkeys"][0]["passkey_id"]
    assert human.post(f"/me/passkeys/{theirs}/remove").status_code == 404


def test_adding_one_needs_a_fresh_proof(real: Practice, notify: Notify, real_clock: MovingClock) -> None:
    human = at_work(real, notify, "practitioner")
    real_clock.ahead += timedelta(minutes=16)
    answer = human.add_passkey(Authenticator())
    assert (answer.status_code, answer.json["code"]) == (403, "step_up_needed")
    assert human.get("/me").status_code == 200
    proved = show_again(human)
    assert proved.status_code == 201, proved.text
    before, human.token = human.token, proved.json["token"]
    assert real.door.get("/api/v1/me", headers=bearer(before)).status_code == 401
    assert human.add_passkey(Authenticator()).status_code == 201


def test_only_ones_own_passkey_shows_that_it_is_still_one(
    real: Practice, notify: Notify, real_clock: MovingClock
) -> None:
    human, other = at_work(real, notify, "practitioner"), at_work(real, notify, "practitioner")
    human.device, mine = other.device, human.device
    assert _refused(show_again(human))
    human.device = mine
    assert show_again(human).status_code == 201


@pytest.mark.parametrize("credential", [{}, {"id": 1}, {"id": "é"}, {"id": "AA", "response": []}])
def test_what_is_no_credential_is_refused(real: Practice, notify: Notify, credential: dict[str, Any]) -> None:
    begun = real.door.post("/api/v1/sign-in/passkey/challenge", {"practice": real.slug}).json
    body = {"practice": real.slug, "challenge_id": begun["challenge_id"], "credential": credential}
    assert _refused(real.door.post("/api/v1/sign-in/passkey", body))


def show_again(human: Human) -> Any:
    begun = human.post("/me/proof/challenge").json
    body = {"challenge_id": begun["challenge_id"], "credential": human.device.get(begun["options"])}
    return human.post("/me/proof/passkey", body)


def test_a_challenge_that_was_answered_wrongly_is_over(real: Practice, notify: Notify, world: World) -> None:
    human, left = at_work(real, notify, "practitioner"), "SELECT id FROM challenge"
    begun = real.door.post("/api/v1/sign-in/passkey/challenge", {"practice": real.slug}).json
    body = {"practice": real.slug, "challenge_id": begun["challenge_id"]}
    wrong = {**body, "credential": Authenticator().get(begun["options"])}
    assert _refused(real.door.post("/api/v1/sign-in/passkey", wrong))
    right = {**body, "credential": human.device.get(begun["options"])}
    assert _refused(real.door.post("/api/v1/sign-in/passkey", right))
    for start, path in (
        ("/me/passkeys/challenge", "/me/passkeys"),
        ("/me/proof/challenge", "/me/proof/passkey"),
    ):
        begun = human.post(start).json
        mine = {"challenge_id": begun["challenge_id"], "credential": {}}
        answer = human.post(path, {**mine, "name": "x"} if path == "/me/passkeys" else mine)
        assert answer.status_code in (403, 409), answer.text
    assert world.rows("gateway", real.id, left) == []
