"""The public door of a practice: an enquiry spans two services, and a retry heals it."""

from typing import Any

import httpx
import pytest

from services.gateway.limits import ALLOWANCES
from tests.gateway.door import Door, Practice, door_to
from tests.world.world import World

BODY = {"display_name": "Ana", "email": "ana@example.org"}


def test_an_enquiry_reaches_the_front_desk(door: Door, practice: Practice, world: World) -> None:
    answer = door.post(f"/api/v1/p/{practice.slug}/enquiries", BODY)
    assert answer.status_code == 201, answer.text
    assert set(answer.json) == {"enquiry_id"}
    listed = door.get("/api/v1/intake/enquiries", headers=practice.signed_in("front_desk")).json["items"]
    assert [(one["enquiry_id"], one["display_name"]) for one in listed] == [
        (answer.json["enquiry_id"], "Ana")
    ]
    assert "ana@example.org" not in str(listed)


def test_sent_twice_it_is_one_enquiry(door: Door, practice: Practice, world: World) -> None:
    path = f"/api/v1/p/{practice.slug}/enquiries"
    first = door.post(path, BODY, key="the-same-key")
    again = door.post(path, BODY, key="the-same-key")
    other = door.post(path, {**BODY, "display_name": "Bo"}, key="the-same-key")
    assert first.data == again.data
    assert (other.status_code, other.json["code"]) == (409, "idempotency_key_reused")
    assert len(world.rows("intake", practice.id, "SELECT 1 FROM enquiry")) == 1
    assert len(world.rows("notify", practice.id, "SELECT 1 FROM contact_point")) == 1


def test_a_retry_heals_an_enquiry_that_stopped_half_way(world: World) -> None:
    keys: dict[str, list[str]] = {"contacts": [], "enquiries": []}
    is_down = [True]

    def service(request: httpx.Request) -> httpx.Response:
        noun = request.url.path.rsplit("/", 1)[-1]
        if noun == "sender":
            return httpx.Response(200, json={})
        keys[noun].append(request.headers["Idempotency-Key"])
        if noun == "enquiries" and is_down[0]:
            raise httpx.ConnectError("refused")
        return httpx.Response(201, json={"contact_id": str(_ID), "enquiry_id": str(_ID)})

    practice = door_to(world, {"notify": service, "intake": service}).create_practice()
    path = f"/api/v1/p/{practice.slug}/enquiries"
    assert practice.door.post(path, BODY, key="the-same-key").status_code == 503
    is_down[0] = False
    assert practice.door.post(path, BODY, key="the-same-key").status_code == 201
    assert len(set(keys["contacts"])) == len(set(keys["enquiries"])) == 1
    assert keys["contacts"][0] != keys["enquiries"][0]
    assert "the-same-key" not in keys["contacts"] + keys["enquiries"]
    practice.door.post(path, BODY, key="another-key")
    assert len(set(keys["contacts"])) == 2


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"/display_name", "/email"}),
        ({**BODY, "email": "no address"}, {"/email"}),
        ({**BODY, "display_name": "x" * 101, "surprise": 1}, {"/display_name", "/surprise"}),
    ],
)
def test_a_field_that_is_wrong_is_named(
    door: Door, practice: Practice, body: dict[str, Any], pointers: set[str]
) -> None:
    answer = door.post(f"/api/v1/p/{practice.slug}/enquiries", body)
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json["errors"]} == pointers


def test_a_key_is_needed(door: Door, practice: Practice) -> None:
    path = f"/api/v1/p/{practice.slug}/enquiries"
    assert door.open("POST", path, json=BODY).json["code"] == "idempotency_key_missing"
    assert door.post(path, BODY, key="short").json["code"] == "malformed"


def test_an_unknown_practice_is_not_found(door: Door) -> None:
    for slug in ("nowhere", "No%20Such", "x" * 100):
        assert door.post(f"/api/v1/p/{slug}/enquiries", BODY).status_code == 404
        assert door.get(f"/api/v1/p/{slug}/consultation-times").status_code == 404


def test_enquiries_from_one_address_are_limited(world: World) -> None:
    def service(_: httpx.Request) -> httpx.Response:
        return httpx.Response(201, json={"contact_id": str(_ID), "enquiry_id": str(_ID)})

    practice = door_to(world, {"notify": service, "intake": service}).create_practice()
    path = f"/api/v1/p/{practice.slug}/enquiries"
    codes = [practice.door.post(path, BODY).status_code for _ in range(ALLOWANCES["enquiry"].burst + 3)]
    assert (codes[0], codes[-1]) == (201, 429)


def test_the_free_consultation_is_found_and_booked(world: World) -> None:
    asked: list[httpx.Request] = []
    times = {"items": [{"starts_at": "2026-12-01T16:00:00+00:00", "zone": "America/Denver"}]}

    def sessions(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return (
            httpx.Response(200, json=times)
            if request.method == "GET"
            else httpx.Response(201, json={"session_id": "x"})
        )

    def notify(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={})

    practice = door_to(world, {"sessions": sessions, "notify": notify}).create_practice()
    door, base = practice.door, f"/api/v1/p/{practice.slug}"
    assert door.get(f"{base}/consultation-times").json == times
    door.get(f"{base}/consultation-times?day=2026-12-01")
    assert [one.url.query for one in asked] == [b"", b"day=2026-12-01"]
    for wrong in ("soon", "2026-13-01", "2026-12-01&x=1%0d%0ay"):
        answer = door.get(f"{base}/consultation-times?day={wrong}")
        assert answer.status_code == (200 if "&" in wrong else 422), wrong
    assert asked[-1].url.query == b"day=2026-12-01", "only what is asked for goes on"
    asked[1:] = []
    body = {"starts_at": "2026-12-01T16:00:00Z"}
    booked = door.post(f"{base}/enquiries/{_ID}/consultation", body)
    assert (booked.status_code, booked.json) == (201, {"session_id": "x"})
    assert asked[1].url.path == "/api/v1/sessions/consultations"
    assert asked[1].content == f'{{"enquiry_id": "{_ID}", "starts_at": "2026-12-01T16:00:00+00:00"}}'.encode()
    naive = door.post(f"{base}/enquiries/{_ID}/consultation", {"starts_at": "2026-12-01T16:00:00"})
    assert naive.status_code == 422


_ID = "9d2f4a4e-54d6-4c34-9a52-0c6a31a6f0aa"
