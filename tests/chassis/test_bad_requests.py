"""Whatever is sent, the answer is a problem document that names the rule: never a 500, nothing half-done."""

import base64
import hashlib
import hmac
import json
import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from joserfc.jwk import OKPKey

from shared.clock import utcnow
from shared.web.actor import Actor, Signer
from tests.world.world import Caller, World

ENQUIRY = {"contact_id": "7b1d8f80-6a3f-4f9c-9d8f-2f6d3b7f0a11", "display_name": "Ana"}


@pytest.fixture
def visitor(world: World) -> Caller:
    return world.caller("intake", world.practice(), None, "public")


def send(visitor: Caller, data: bytes, content_type: str = "application/json") -> Any:
    token = visitor.world.signer.sign(visitor.actor, audience="intake", now=utcnow())
    return (
        visitor.world.sides["intake"]
        .app.test_client()
        .post(
            "/api/v1/intake/enquiries",
            data=data,
            content_type=content_type,
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex},
        )
    )


def kept(visitor: Caller) -> int:
    return len(visitor.world.rows("intake", visitor.actor.practice_id, "SELECT 1 FROM enquiry"))


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"{", 400, "malformed"),
        (b"\xff\xfe", 400, "malformed"),
        (b'"just a word"', 422, "fields_invalid"),
        (b"[1]", 422, "fields_invalid"),
        (b"null", 422, "fields_invalid"),
        (json.dumps({**ENQUIRY, "display_name": "nul \x00 here"}).encode(), 400, "malformed"),
        (b'{"contact_id":"7b1d8f80-6a3f-4f9c-9d8f-2f6d3b7f0a11","display_name":"\\ud800"}', 400, "malformed"),
        (json.dumps({**ENQUIRY, "display_name": 7}).encode(), 422, "fields_invalid"),
        (json.dumps({**ENQUIRY, "display_name": "x" * 101}).encode(), 422, "fields_invalid"),
        (json.dumps({**ENQUIRY, "display_name": ""}).encode(), 422, "fields_invalid"),
        (json.dumps({**ENQUIRY, "unknown": True}).encode(), 422, "fields_invalid"),
        (b"[" * 100_000, 400, "malformed"),
        (b"x" * (256 * 1024 + 1), 413, "too_large"),
    ],
)
def test_a_body_that_is_not_right_is_refused_by_name(
    visitor: Caller, data: bytes, status: int, code: str
) -> None:
    answer = send(visitor, data)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.content_type == "application/problem+json"
    assert kept(visitor) == 0


def test_a_body_of_another_kind_is_refused(visitor: Caller) -> None:
    assert send(visitor, b"a=1", "application/x-www-form-urlencoded").status_code == 415


def test_field_errors_never_repeat_what_was_sent(visitor: Caller) -> None:
    secret = "my private words " * 20
    answer = send(visitor, json.dumps({"contact_id": secret, "display_name": secret}).encode())
    assert answer.status_code == 422
    assert "private words" not in answer.text


@pytest.mark.parametrize("key", [None, "", "short", "x" * 200, "with space inside", "ümlaut-key"])
def test_a_post_needs_a_proper_idempotency_key(visitor: Caller, key: str | None) -> None:
    token = visitor.world.signer.sign(visitor.actor, audience="intake", now=utcnow())
    headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key is not None else {})
    answer = (
        visitor.world.sides["intake"]
        .app.test_client()
        .post("/api/v1/intake/enquiries", json=ENQUIRY, headers=headers)
    )
    assert answer.status_code == 400
    assert kept(visitor) == 0


@pytest.mark.D1
def test_one_key_sent_by_many_at_once_acts_once(visitor: Caller) -> None:
    answers: list[Any] = []
    threads = [
        threading.Thread(
            target=lambda: answers.append(visitor.post("/enquiries", ENQUIRY, key="one-key-for-all"))
        )
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["enquiry_id"] for answer in answers}) == 1
    assert kept(visitor) == 1


def test_the_same_key_of_another_person_or_practice_is_another_key(world: World) -> None:
    one, other = (world.caller("intake", world.practice(), None, "public") for _ in range(2))
    first = one.post("/enquiries", ENQUIRY, key="shared-by-chance")
    second = other.post("/enquiries", {**ENQUIRY, "display_name": "Bo"}, key="shared-by-chance")
    assert first.status_code == second.status_code == 201
    assert first.json["enquiry_id"] != second.json["enquiry_id"]


def hs256(claims: dict[str, Any], secret: bytes) -> str:
    """A token signed with the public key's bytes as if they were a shared secret."""
    parts = [{"alg": "HS256", "typ": "JWT"}, claims]
    signed = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    mac = hmac.new(secret, signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


def forged(world: World, actor: Actor) -> dict[str, str]:
    now = utcnow()
    stranger = OKPKey.generate_key("Ed25519")
    good = world.signer.sign(actor, audience="intake", now=now)
    head, body, _ = good.split(".")
    claims = {
        "iss": "attune-gateway",
        "aud": "intake",
        "sub": str(actor.person_id),
        "roles": ["practice_admin"],
    }
    times = {
        "practice": str(actor.practice_id),
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + 60,
    }
    secret = world.sides["intake"].settings.actor_public_key
    return {
        "signed by a stranger": Signer(stranger.as_pem(private=True)).sign(actor, audience="intake", now=now),
        "for another service": world.signer.sign(actor, audience="sessions", now=now),
        "expired": world.signer.sign(actor, audience="intake", now=now - timedelta(minutes=3)),
        "from the future": world.signer.sign(actor, audience="intake", now=now + timedelta(minutes=3)),
        "without a signature": f"{head}.{body}.",
        "changed": f"{head}.{body[:-4]}AAAA.{good.split('.')[2]}",
        "a secret made of the public key": hs256(claims | times, secret),
        "a role that is none": world.signer.sign(
            Actor(actor.practice_id, actor.person_id, frozenset({"god"})), audience="intake", now=now
        ),
        "no token at all": "x",
    }


@pytest.mark.P2
def test_a_forged_or_expired_token_opens_nothing(world: World) -> None:
    practice = world.practice()
    actor = Actor(practice, uuid4(), frozenset({"front_desk"}))
    client = world.sides["intake"].app.test_client()
    for how, token in forged(world, actor).items():
        answer = client.get("/api/v1/intake/enquiries", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json["code"]) == (401, "not_signed_in"), how


@pytest.mark.P2
def test_denied_missing_and_unheard_of_look_the_same(world: World) -> None:
    practice = world.practice()
    partner = world.caller("intake", practice, uuid4(), "partner")
    desk = world.caller("intake", practice, uuid4(), "front_desk")
    denied = partner.get("/enquiries")
    missing = desk.get(f"/couples/{uuid4()}")
    unheard = desk.get("/no/such/place")
    assert denied.status_code == missing.status_code == unheard.status_code == 404
    assert denied.data == missing.data == unheard.data
    names = [sorted(answer.headers.keys()) for answer in (denied, missing, unheard)]
    assert names[0] == names[1] == names[2]


def test_a_practice_that_has_not_arrived_yet_asks_for_patience(world: World) -> None:
    answer = world.caller("intake", uuid4(), None, "public").post("/enquiries", ENQUIRY)
    assert (answer.status_code, answer.json["code"]) == (503, "practice_not_known_yet")
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize("cursor", ["x", "AAAA", "e30=", "\x00", "A" * 400])
def test_a_cursor_nobody_gave_is_refused(world: World, cursor: str) -> None:
    desk = world.caller("intake", world.practice(), uuid4(), "front_desk")
    assert desk.get("/enquiries", query_string={"cursor": cursor}).status_code in (400, 422)


def test_pages_hold_every_row_once_and_a_cursor_serves_only_its_reader(world: World) -> None:
    practice = world.practice()
    visitor = world.caller("intake", practice, None, "public")
    desk = world.caller("intake", practice, uuid4(), "front_desk")
    made = {visitor.post("/enquiries", ENQUIRY).json["enquiry_id"] for _ in range(7)}
    seen: list[str] = []
    cursor = None
    while True:
        asked = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        answer = desk.get("/enquiries", query_string=asked).json
        seen += [one["enquiry_id"] for one in answer["items"]]
        first = cursor = answer["next_cursor"]
        if cursor is None:
            break
        colleague = world.caller("intake", practice, uuid4(), "front_desk")
        assert colleague.get("/enquiries", query_string={"cursor": first}).status_code == 400
    assert len(seen) == len(made)
    assert set(seen) == made
