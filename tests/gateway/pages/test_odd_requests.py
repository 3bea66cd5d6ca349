"""Addresses and fields that no page of ours makes: a page that says so, never an error of ours."""

import pytest

from tests.gateway.door import Door, Practice
from tests.gateway.visitor import Visitor


def staff(door: Door, practice: Practice, role: str) -> Visitor:
    return Visitor(door, cookie=practice.sign_in(practice.join_staff(role)))


def test_a_next_page_that_is_no_address_is_the_start(door: Door) -> None:
    visitor = Visitor(door)
    visitor.get("/style")
    for path in ("//[", "/\\[", "http://["):
        assert visitor.post("/view", {"language": "es", "next": path}).headers["Location"] == "/"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "0001-01-02", "9999-12-30"])
@pytest.mark.parametrize(
    ("path", "role"), [("/day?on=", "practitioner"), ("/desk?day=", "front_desk")], ids=["day", "desk"]
)
def test_a_day_that_no_calendar_has_is_today(
    door: Door, practice: Practice, path: str, role: str, day: str
) -> None:
    shown = staff(door, practice, role).get(f"{path}{day}")
    assert shown.status_code == 200
    assert day[:4] not in shown.text


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2031-05-06T10:00:00Z"])
def test_only_what_was_booked_is_said_to_be_booked(door: Door, practice: Practice, at: str) -> None:
    shown = Visitor(door).get(f"/p/{practice.slug}/thanks?at={at}")
    assert shown.status_code == 200
    assert "We’ll talk on" not in shown.text


@pytest.mark.parametrize("version", ["é", '"1"é', "٣", "\n", '"1"\r\nX: y'])
def test_a_version_that_was_never_given_is_an_old_one(door: Door, practice: Practice, version: str) -> None:
    admin = staff(door, practice, "practice_admin")
    admin.get("/practice")
    assert admin.post("/practice/sender", {"sender": "Oak", "version": version}).status_code in (409, 422)


def test_a_number_of_ten_thousand_digits_is_none(door: Door, practice: Practice) -> None:
    admin = staff(door, practice, "practice_admin")
    admin.get("/practice")
    assert admin.post("/practice/hours", {"weekday": "1" * 10_000}).status_code in (404, 409, 422)


def test_a_real_practice_offers_no_demo(door: Door) -> None:
    demo, real = door.create_practice(), door.create_practice(is_demo=False)
    demo.join_staff("front_desk", name="Fay")
    page = Visitor(door).get(f"/sign-in?practice={real.slug}").text
    assert "nobody here is real" not in page
    assert 'action="/demo/sign-in"' not in page
    assert f'name="practice" value="{real.slug}"' in page
    assert "nobody here is real" in Visitor(door).get(f"/sign-in?practice={demo.slug}").text
