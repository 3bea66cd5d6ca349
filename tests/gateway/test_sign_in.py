"""A sign-in: opaque, kept only as a hash, bound to real time, and over when it is over."""

import base64
import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.gateway import domain
from services.gateway.domain import is_sign_in_live
from services.gateway.limits import ALLOWANCES, Limits
from services.gateway.tokens import SIGN_IN
from shared.clock import utcnow
from shared.errors import TooManyRequests
from tests.gateway.door import Door, Practice, bearer, door_to
from tests.gateway.visitor import Visitor
from tests.world.world import MovingClock, World


@pytest.fixture
def real_clock(world: World) -> Iterator[MovingClock]:
    """The real time of every service, set back afterwards."""
    yield world.clock
    world.clock.ahead = timedelta()


def test_signing_in_to_a_demo_gives_a_token_and_a_cookie(door: Door, practice: Practice) -> None:
    person_id = practice.join_staff("practitioner", "facilitator")
    body = {"practice": practice.slug, "person_id": str(person_id)}
    answer = door.post("/api/v1/demo/sign-in", body)
    assert answer.status_code == 201
    assert answer.json["person_id"] == str(person_id)
    assert answer.json["roles"] == ["facilitator", "practitioner"]
    lasts = datetime.fromisoformat(answer.json["expires_at"]) - utcnow()
    assert timedelta(hours=11, minutes=59) < lasts <= timedelta(hours=12)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"__Host-attune={answer.json['token']};")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    me = door.get("/api/v1/me", headers=bearer(answer.json["token"]))
    assert me.json["display_name"] == "Ines"


def test_only_a_hash_of_the_token_is_kept(practice: Practice, world: World) -> None:
    token = practice.sign_in(practice.join_staff("practitioner"))
    ((kept,),) = world.rows("gateway", practice.id, "SELECT token_hash FROM sign_in")
    assert bytes(kept) == hashlib.sha256(token.encode()).digest()
    for table in ("sign_in", "account", "idempotency", "outbox"):
        assert token not in repr(world.rows("gateway", practice.id, f"SELECT {table}::text FROM {table}"))


def test_tokens_are_made_of_a_key_that_only_the_gateway_has(world: World) -> None:
    """The cursor key is held by all five services: who has that one makes no token."""

    def token_of(**changed: bytes) -> str:
        made: str = (
            door_to(world, {}, **changed)
            .app.extensions["gateway_tokens"]
            .make(SIGN_IN, UUID(int=1), UUID(int=2))
        )
        return made

    assert token_of() == token_of(cursor_key=bytes(32))
    assert token_of() != token_of(vault_key=bytes(32))


def test_the_same_request_sent_twice_is_one_sign_in(door: Door, practice: Practice, world: World) -> None:
    body = {"practice": practice.slug, "person_id": str(practice.join_staff("practitioner"))}
    first = door.post("/api/v1/demo/sign-in", body, key="the-same-key")
    again = door.post("/api/v1/demo/sign-in", body, key="the-same-key")
    assert first.data == again.data
    assert len(world.rows("gateway", practice.id, "SELECT 1 FROM sign_in")) == 1


def test_a_repeated_request_does_not_open_a_sign_in_that_is_over(door: Door, practice: Practice) -> None:
    body = {"practice": practice.slug, "person_id": str(practice.join_staff("practitioner"))}
    token = door.post("/api/v1/demo/sign-in", body, key="the-same-key").json["token"]
    door.post("/api/v1/sign-out", headers=bearer(token))
    assert door.post("/api/v1/demo/sign-in", body, key="the-same-key").status_code == 404


@pytest.mark.P2
def test_nobody_signs_in_without_proof_where_it_is_not_a_demo(door: Door) -> None:
    real = door.create_practice(is_demo=False)
    person_id = real.join_staff("practice_admin")
    body = {"practice": real.slug, "person_id": str(person_id)}
    refused = door.post("/api/v1/demo/sign-in", body)
    missing = door.post("/api/v1/demo/sign-in", {**body, "practice": "nowhere"})
    assert refused.status_code == missing.status_code == 404
    assert refused.data == missing.data
    assert door.get(f"/api/v1/demo/people?practice={real.slug}").status_code == 404
    visitor = Visitor(door)
    visitor.get("/style")
    assert (
        visitor.post("/demo/sign-in", {"practice": real.slug, "person_id": str(person_id)}).status_code == 404
    )


def test_signing_out_ends_it_at_once(door: Door, practice: Practice) -> None:
    token = practice.sign_in(practice.join_staff("practitioner"))
    other = practice.sign_in(practice.join_staff("practitioner"))
    answer = door.post("/api/v1/sign-out", headers=bearer(token))
    assert answer.status_code == 200
    assert "__Host-attune=;" in answer.headers["Set-Cookie"]
    assert door.get("/api/v1/me", headers=bearer(token)).status_code == 401
    assert door.get("/api/v1/me", headers=bearer(other)).status_code == 200


def test_half_an_hour_without_use_ends_it(door: Door, practice: Practice, real_clock: MovingClock) -> None:
    token = practice.sign_in(practice.join_staff("practitioner"))
    for _ in range(3):
        real_clock.ahead += timedelta(minutes=29)
        assert door.get("/api/v1/me", headers=bearer(token)).status_code == 200
    real_clock.ahead += timedelta(minutes=30)
    assert door.get("/api/v1/me", headers=bearer(token)).status_code == 401


def test_twelve_hours_end_it_however_busy_it_is(
    door: Door, practice: Practice, real_clock: MovingClock
) -> None:
    token = practice.sign_in(practice.join_staff("practitioner"))
    for _ in range(24):
        assert door.get("/api/v1/me", headers=bearer(token)).status_code == 200
        real_clock.ahead += timedelta(minutes=29)
    assert door.get("/api/v1/me", headers=bearer(token)).status_code == 200
    real_clock.ahead += timedelta(minutes=25)
    assert door.get("/api/v1/me", headers=bearer(token)).status_code == 401


def test_a_demos_moved_clock_ends_no_sign_in(door: Door, practice: Practice) -> None:
    admin = practice.signed_in("practice_admin")
    moved = door.post("/api/v1/demo/clock", {"forward_s": 90 * 86400}, headers=admin)
    assert moved.status_code == 201
    assert door.get("/api/v1/me", headers=admin).status_code == 200


def test_a_sign_in_lives_by_three_rules() -> None:
    start = utcnow()
    live = {"seen_at": start, "ends_at": start + domain.LONGEST, "ended_at": None}
    assert is_sign_in_live(**live, now=start)  # type: ignore[arg-type]
    assert not is_sign_in_live(**live, now=start + domain.IDLE)  # type: ignore[arg-type]
    assert not is_sign_in_live(seen_at=start, ends_at=start, ended_at=None, now=start)
    assert not is_sign_in_live(seen_at=start, ends_at=start + domain.LONGEST, ended_at=start, now=start)


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer x", "Basic eDp5", "Bearer " + "A" * 64, "Operator", "Bearer é"]
)
def test_what_is_no_token_is_nobody(door: Door, value: str) -> None:
    answer = door.get("/api/v1/me", headers={"Authorization": value})
    assert (answer.status_code, answer.json["code"]) == (401, "not_signed_in")


def test_a_token_of_one_practice_does_not_open_another(door: Door, practice: Practice) -> None:
    other = door.create_practice()
    token = practice.sign_in(practice.join_staff("practitioner"))
    raw = base64.urlsafe_b64decode(token)
    forged = base64.urlsafe_b64encode(other.id.bytes + raw[16:]).decode()
    assert door.get("/api/v1/me", headers=bearer(forged)).status_code == 401


def test_a_person_without_an_account_cannot_sign_in(door: Door, practice: Practice) -> None:
    body = {"practice": practice.slug, "person_id": str(uuid4())}
    assert door.post("/api/v1/demo/sign-in", body).status_code == 404


class TestTheCookie:
    """It counts for reading; for changing something only from a page of ours."""

    def test_it_signs_in(self, door: Door, practice: Practice) -> None:
        assert door.get("/api/v1/me", headers=_cookie(practice)).status_code == 200

    @pytest.mark.parametrize(
        ("sent", "is_taken"),
        [
            ({"Origin": "http://localhost"}, True),
            ({"Origin": "http://localhost:8000"}, True),  # the platform's own address
            ({"Sec-Fetch-Site": "same-origin"}, True),
            ({"Origin": "https://elsewhere.example"}, False),
            ({"Origin": "null"}, False),
            ({"Sec-Fetch-Site": "cross-site"}, False),
            ({"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"}, False),
            ({}, False),
        ],
    )
    def test_it_changes_things_only_from_our_own_pages(
        self, door: Door, practice: Practice, sent: dict[str, str], is_taken: bool
    ) -> None:
        cookie = _cookie(practice)
        answer = door.post("/api/v1/sign-out", headers={**cookie, **sent})
        assert answer.status_code == (200 if is_taken else 403), answer.text
        after = door.get("/api/v1/me", headers=cookie).status_code
        assert after == (401 if is_taken else 200)

    def test_a_token_in_a_header_needs_no_origin(self, door: Door, practice: Practice) -> None:
        token = practice.sign_in(practice.join_staff("practitioner"))
        assert door.post("/api/v1/sign-out", headers=bearer(token)).status_code == 200


def test_too_many_tries_from_one_address_have_to_wait(door: Door) -> None:
    other, busy = door.create_practice(), door.create_practice()
    body = {"practice": busy.slug, "person_id": str(uuid4())}
    codes = [
        door.post("/api/v1/demo/sign-in", body).status_code for _ in range(ALLOWANCES["sign_in"].burst + 5)
    ]
    assert codes[0] == 404
    assert codes[-1] == 429
    last = door.post("/api/v1/demo/sign-in", body)
    assert (last.json["code"], last.headers["Retry-After"]) == ("too_many_requests", "5")
    assert door.post("/api/v1/demo/sign-in", {**body, "practice": other.slug}).status_code == 404


def test_an_allowance_fills_up_again() -> None:
    clock = MovingClock()
    limits, allowance = Limits(clock), ALLOWANCES["enquiry"]
    for _ in range(allowance.burst):
        limits.take("enquiry", "practice", "address")
    with pytest.raises(TooManyRequests):
        limits.take("enquiry", "practice", "address")
    limits.take("enquiry", "practice", "another address")
    clock.ahead = timedelta(seconds=allowance.every_s)
    limits.take("enquiry", "practice", "address")


def _cookie(practice: Practice) -> dict[str, str]:
    return {"Cookie": f"__Host-attune={practice.sign_in(practice.join_staff('practitioner'))}"}
