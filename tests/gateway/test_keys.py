"""Keys of a practice: made and closed by its admin, narrow, limited, and worth nothing once they are over."""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.gateway.limits import ALLOWANCES
from services.gateway.scopes import CLINICAL, NOT_FOR_KEYS, SCOPES, may
from shared.clock import utcnow
from tests.gateway.door import Door, Practice, bearer, door_to
from tests.gateway.standins import OK, Service
from tests.gateway.weeks import this_week
from tests.world.world import MovingClock, World


@pytest.fixture
def admin(practice: Practice) -> dict[str, str]:
    return practice.signed_in("practice_admin")


@pytest.fixture
def moved(world: World) -> Iterator[MovingClock]:
    yield world.clock
    world.clock.ahead = timedelta()


def make(door: Door, admin: dict[str, str], *scopes: str, key: str | None = None, **other: Any) -> Any:
    body = {"name": "Website", "scopes": list(scopes or ("bookings:read",)), "lasts_days": 90, **other}
    return door.post("/api/v1/keys", body, headers=admin, key=key)


def secret(door: Door, admin: dict[str, str], *scopes: str) -> dict[str, str]:
    made = make(door, admin, *scopes)
    assert made.status_code == 201, made.text
    return bearer(made.json["secret"])


def test_a_key_reads_what_its_scope_says(door: Door, admin: dict[str, str]) -> None:
    with_key = secret(door, admin, "bookings:read")
    answer = door.get(f"/api/v1/sessions/bookings?{this_week()}", headers=with_key)
    assert answer.status_code == 200, answer.text
    assert answer.json["items"] == []
    assert door.open("HEAD", f"/api/v1/sessions/bookings?{this_week()}", headers=with_key).status_code == 200


@pytest.mark.P2
def test_beyond_its_scope_it_finds_nothing_to_the_byte(door: Door, admin: dict[str, str]) -> None:
    with_key = secret(door, admin, "bookings:read")
    absent = door.get("/api/v1/nothing", headers=with_key)
    assert absent.status_code == 404
    for method, path in (
        ("GET", "/api/v1/intake/couples"),
        ("GET", f"/api/v1/intake/couples/{uuid4()}/readiness"),
        ("GET", "/api/v1/sessions/rooms"),
        ("POST", "/api/v1/sessions/bookings"),
        ("GET", "/api/v1/integration/me/journal"),
        ("GET", "/api/v1/notify/me/inbox"),
        ("GET", "/api/v1/intake/ops/standing"),
        ("GET", "/api/v1/sessions/bookings/not-an-id"),
        ("GET", "/api/v1/staff"),
        ("GET", "/api/v1/me"),
        ("GET", "/api/v1/keys"),
        ("POST", "/api/v1/keys"),
        ("POST", "/api/v1/staff"),
        ("GET", "/practice/keys"),
        ("GET", "/desk"),
        ("GET", "/ops/services"),
    ):
        body = {} if method == "POST" else None
        answer = door.open(method, path, json=body, headers={**with_key, "Idempotency-Key": "0123456789"})
        assert (answer.status_code, answer.data) == (404, absent.data), path


@pytest.mark.P2
def test_every_scope_together_opens_nothing_clinical(door: Door, admin: dict[str, str]) -> None:
    with_key = secret(door, admin, *SCOPES)
    clinical = ("integration/safety-concerns", "notify/alerts", "intake/break-glass")
    for path in (*clinical, f"sessions/medicine-sessions/{uuid4()}"):
        assert door.get(f"/api/v1/{path}", headers=with_key).status_code == 404
    for scope, routes in SCOPES.items():
        for one in routes:
            assert not any(closed.covers(one) for group in NOT_FOR_KEYS.values() for closed in group), (
                scope,
                str(one),
            )
    assert CLINICAL in NOT_FOR_KEYS


@pytest.mark.P2
def test_a_key_of_one_practice_sees_nothing_of_another(
    door: Door, practice: Practice, admin: dict[str, str]
) -> None:
    other = door.create_practice()
    couple = door.post(
        "/api/v1/intake/couples",
        {"partners": [{"display_name": "Sam"}]},
        headers=other.signed_in("front_desk"),
    )
    door.world.pump()
    mine, theirs = (
        secret(door, admin, "couples:read"),
        secret(door, other.signed_in("practice_admin"), "couples:read"),
    )
    path = f"/api/v1/intake/couples/{couple.json['couple_id']}"
    assert door.get(path, headers=theirs).status_code == 200
    assert door.get(path, headers=mine).status_code == 404
    assert door.get("/api/v1/intake/couples", headers=mine).json["items"] == []
    key_id = door.get("/api/v1/keys", headers=other.signed_in("practice_admin")).json["items"][0]["key_id"]
    assert door.post(f"/api/v1/keys/{key_id}/revoke", headers=admin).status_code == 404
    assert door.get(path, headers=theirs).status_code == 200


def test_it_acts_as_the_front_desk_under_its_own_id(
    door: Door, practice: Practice, admin: dict[str, str], world: World
) -> None:
    made = make(door, admin, "couples:write")
    with_key = bearer(made.json["secret"])
    couple = door.post("/api/v1/intake/couples", {"partners": [{"display_name": "Sam"}]}, headers=with_key)
    assert couple.status_code == 201, couple.text
    rows = world.rows("intake", practice.id, "SELECT actor_id FROM idempotency")
    assert str(made.json["key_id"]) in {str(one.actor_id) for one in rows}


def test_closed_it_opens_nothing_at_once(door: Door, admin: dict[str, str]) -> None:
    made = make(door, admin)
    with_key = bearer(made.json["secret"])
    assert door.get(f"/api/v1/sessions/bookings?{this_week()}", headers=with_key).status_code == 200
    path = f"/api/v1/keys/{made.json['key_id']}/revoke"
    assert [door.post(path, headers=admin).json["state"] for _ in range(2)] == ["revoked", "revoked"]
    answer = door.get(f"/api/v1/sessions/bookings?{this_week()}", headers=with_key)
    assert (answer.status_code, answer.json["code"]) == (401, "not_signed_in")


def test_it_ends_on_its_day(
    door: Door, practice: Practice, admin: dict[str, str], moved: MovingClock
) -> None:
    made = make(door, admin, lasts_days=1)
    with_key = bearer(made.json["secret"])
    moved.ahead = timedelta(hours=23)
    assert door.get(f"/api/v1/sessions/bookings?{this_week()}", headers=with_key).status_code == 200
    moved.ahead = timedelta(days=1)
    assert door.get(f"/api/v1/sessions/bookings?{this_week()}", headers=with_key).status_code == 401
    again = practice.signed_in("practice_admin")
    assert door.get("/api/v1/keys", headers=again).json["items"][0]["state"] == "expired"


@pytest.mark.parametrize(
    "value", ["attune_", "attune_x", "attune_00000000_", "attune_00000000_" + "A" * 64, "attune_é"]
)
def test_what_is_no_key_is_nobody(door: Door, value: str) -> None:
    answer = door.get("/api/v1/sessions/rooms", headers=bearer(value.encode().decode("latin-1")))
    assert (answer.status_code, answer.json["code"]) == (401, "not_signed_in")


@pytest.mark.P3
def test_only_a_hash_and_its_beginning_are_kept(
    door: Door, practice: Practice, admin: dict[str, str], world: World
) -> None:
    made = make(door, admin, key="the-same-key")
    shown = made.json["secret"]
    assert re.fullmatch(r"attune_[0-9a-f]{8}_[\w-]{64}", shown)
    assert shown.startswith(f"{made.json['prefix']}_")
    (row,) = world.rows("gateway", practice.id, "SELECT token_hash FROM api_key")
    assert bytes(row[0]) == hashlib.sha256(shown.encode()).digest()
    tail = shown.rpartition("_")[2]
    for table in ("api_key", "idempotency", "outbox"):
        assert tail not in repr(world.rows("gateway", practice.id, f"SELECT {table}::text FROM {table}"))
    listed = door.get("/api/v1/keys", headers=admin)
    assert tail not in listed.text
    assert "secret" not in listed.json["items"][0]


def test_its_secret_is_shown_once_and_again_only_to_the_same_request_soon(
    door: Door, practice: Practice, admin: dict[str, str], moved: MovingClock
) -> None:
    first, again = (make(door, admin, key="the-same-key") for _ in range(2))
    assert first.data == again.data
    assert len(door.get("/api/v1/keys", headers=admin).json["items"]) == 1
    moved.ahead = timedelta(minutes=6)
    assert make(door, admin, key="the-same-key").json["secret"] is None


def test_when_it_was_used_is_kept_to_the_hour(door: Door, admin: dict[str, str]) -> None:
    with_key = secret(door, admin)
    assert door.get("/api/v1/keys", headers=admin).json["items"][0]["used_at"] is None
    door.get(f"/api/v1/sessions/bookings?{this_week()}", headers=with_key)
    used = datetime.fromisoformat(door.get("/api/v1/keys", headers=admin).json["items"][0]["used_at"])
    assert (used.minute, used.second, used.microsecond) == (0, 0, 0)
    assert timedelta() <= utcnow() - used < timedelta(hours=1, minutes=1)


def test_a_key_is_told_how_much_is_left_and_then_when_to_come_back(
    practice: Practice, admin: dict[str, str], world: World
) -> None:
    with_key = secret(practice.door, admin)
    other = secret(practice.door, admin)
    door = door_to(world, {"sessions": Service(OK)})
    answers = [
        door.get("/api/v1/sessions/bookings", headers=with_key)
        for _ in range(ALLOWANCES["api_key"].burst + 8)
    ]
    assert answers[0].headers["RateLimit-Policy"] == '"key";q=60;w=60'
    assert answers[0].headers["RateLimit"] == '"key";r=59;t=1'
    assert answers[0].status_code == 200
    last = answers[-1]
    assert (last.status_code, last.json["code"]) == (429, "too_many_requests")
    assert last.headers["RateLimit"].startswith('"key";r=0;t=')
    assert last.headers["Retry-After"] == "1"
    assert door.get("/api/v1/sessions/bookings", headers=other).status_code == 200, "each key has its own"
    denied = [
        door.get("/api/v1/staff", headers=other).status_code for _ in range(ALLOWANCES["api_key"].burst + 8)
    ]
    assert denied[-1] == 429, "looking around counts too"
    assert (
        "RateLimit"
        not in door.get("/api/v1/sessions/bookings", headers=practice.signed_in("front_desk")).headers
    )


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["everything"]}, "/scopes/0"),
        ({"lasts_days": 0}, "/lasts_days"),
        ({"lasts_days": 367}, "/lasts_days"),
        ({"name": ""}, "/name"),
    ],
)
def test_what_is_wrong_is_named(
    door: Door, admin: dict[str, str], wrong: dict[str, Any], pointer: str
) -> None:
    answer = make(door, admin, **wrong) if "scopes" not in wrong else door.post(
        "/api/v1/keys", {"name": "x", "lasts_days": 1, **wrong}, headers=admin
    )  # fmt: skip
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json["errors"]] == [pointer]


@pytest.mark.P2
def test_only_the_practices_admin_makes_keys(door: Door, practice: Practice) -> None:
    for headers in (
        *(practice.signed_in(role) for role in ("front_desk", "practitioner")),
        door.operator(practice.slug),
    ):
        assert make(door, headers).status_code == 404
        assert door.get("/api/v1/keys", headers=headers).status_code == 404


def test_templates_fit_only_what_they_name() -> None:
    one = f"intake/couples/{uuid4()}"
    assert may(["couples:read"], "GET", one)
    assert may(["couples:read"], "HEAD", one)
    for method, path in (
        ("DELETE", one),
        ("GET", f"{one}/readiness"),
        ("GET", f"{one}/"),
        ("GET", "intake/couples/x"),
    ):
        assert not may(["couples:read"], method, path), path
    assert not may(["no-such-scope"], "GET", one)
