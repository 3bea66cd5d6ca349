"""The admin's page of keys: made by a form, its secret shown once, closed by a button."""

import re

import pytest

from tests.gateway.door import Door, Practice, bearer
from tests.gateway.visitor import Visitor

FIELDS = {"name": "Website calendar", "scope": ["bookings:read", "calendar:read"], "lasts": "90"}


@pytest.fixture
def admin(door: Door, practice: Practice) -> Visitor:
    return Visitor(door, cookie=practice.sign_in(practice.join_staff("practice_admin", name="Ada")))


def test_a_key_is_made_shown_once_used_and_closed(admin: Visitor, door: Door) -> None:
    assert 'href="/practice/keys"' in admin.get("/practice").text
    assert "There are no keys" in admin.get("/practice/keys").text
    made = admin.post("/practice/keys", FIELDS)
    assert made.status_code == 200
    (secret,) = re.findall(r"<code>(attune_[0-9a-f]{8}_[\w-]{64})</code>", made.text)
    assert door.get("/api/v1/sessions/rooms", headers=bearer(secret)).status_code == 200
    page = admin.get("/practice/keys").text
    assert secret not in page
    assert secret[:15] in page
    assert "See bookings" in page
    assert "Last used in the hour of" in page
    (close,) = re.findall(r'action="(/practice/keys/[^"]+/revoke)"', page)
    assert admin.post(close).status_code == 303
    assert door.get("/api/v1/sessions/rooms", headers=bearer(secret)).status_code == 401
    page = admin.get("/practice/keys").text
    assert "Closed" in page
    assert "/revoke" not in page


def test_a_form_sent_twice_makes_one_key(admin: Visitor) -> None:
    admin.get("/practice/keys")
    form_key = {"form_key": "0123456789abcdef"}
    for _ in range(2):
        assert admin.post("/practice/keys", {**FIELDS, **form_key}).status_code == 200
    assert len(set(re.findall(r"/practice/keys/([^/]+)/revoke", admin.get("/practice/keys").text))) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "Write what it is for"),
        ({"name": "x" * 61}, "Write what it is for"),
        ({"name": 'A "B"'}, "Write what it is for"),
        ({"scope": ["everything"]}, "Choose at least one thing it may do"),
        ({"lasts": "100000"}, "Choose how long it works"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(admin: Visitor, wrong: dict[str, object], said: str) -> None:
    admin.get("/practice/keys")
    answer = admin.post("/practice/keys", {**FIELDS, **wrong})
    assert answer.status_code == 422
    assert said in answer.text
    assert "There are no keys" in admin.get("/practice/keys").text


@pytest.mark.P2
@pytest.mark.parametrize("role", ["front_desk", "practitioner"])
def test_nobody_else_finds_it(door: Door, practice: Practice, role: str) -> None:
    other = Visitor(door, cookie=practice.sign_in(practice.join_staff(role)))
    assert other.get("/practice/keys").status_code == 404


@pytest.mark.P2
def test_another_practices_key_is_not_found(admin: Visitor, door: Door) -> None:
    other = door.create_practice()
    made = door.post(
        "/api/v1/keys",
        {"name": "theirs", "scopes": ["bookings:read"], "lasts_days": 1},
        headers=other.signed_in("practice_admin"),
    )
    admin.get("/practice/keys")
    assert admin.post(f"/practice/keys/{made.json['key_id']}/revoke").status_code == 404
