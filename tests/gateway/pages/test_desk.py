"""The front desk's pages: the agenda, booking, new couples, what is missing, messages; and nothing clinical."""

import html
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.gateway.pages import booking, people
from tests.gateway.door import Door, Practice
from tests.gateway.visitor import Visitor
from tests.world.world import World

DAY = (datetime.now() + timedelta(days=3)).date().isoformat()  # noqa: DTZ005


@pytest.fixture
def ines(practice: Practice) -> UUID:
    return practice.join_staff("practitioner")


@pytest.fixture
def desk(door: Door, practice: Practice, world: World, ines: UUID) -> Visitor:
    world.pump()
    licence = {
        "profession": "LMFT",
        "jurisdiction": "US-CO",
        "valid_from": "2020-01-01",
        "valid_until": "2090-01-01",
    }
    made_by = practice.signed_in("practice_admin")
    path = f"/api/v1/sessions/practitioners/{ines}"
    assert door.post(f"{path}/licences", licence, headers=made_by).status_code == 201
    for weekday in range(7):
        hours = {"weekday": weekday, "from_time": "08:00", "until_time": "18:00", "zone": "America/Denver"}
        assert door.post(f"{path}/availability", hours, headers=made_by).status_code == 201
    made = Visitor(door, cookie=practice.sign_in(practice.join_staff("front_desk", name="Jo")))
    world.pump()
    return made


def register(desk: Visitor, first: str = "Sam", second: str = "Noor") -> str:
    """A new couple through the form; its id."""
    desk.get("/desk/couples/new")
    made = desk.post("/desk/couples/new", {"first": first, "second": second, "policy": "discretion"})
    assert made.status_code == 303, made.text
    desk.door.world.pump()
    return str(made.headers["Location"]).rpartition("/")[2]


def book(desk: Visitor, ines: UUID, couple: str, **other: Any) -> Any:
    """Both come, unless `other` says otherwise."""
    path = f"/couples/{couple}/book"
    page = desk.get(path).text
    fields = {
        "kind": "preparation",
        "partner_ids": re.findall(r'name="partner_ids" value="([^"]+)" checked', page),
        "practitioner_ids": str(ines),
        "starts_at": f"{DAY}T10:00",
    }
    return desk.post(path, {**fields, "duration_min": "50", "room_id": "", **other})


def test_a_couple_is_registered_booked_and_shown_on_its_day(desk: Visitor, ines: UUID) -> None:
    couple = register(desk)
    assert f'href="/couples/{couple}/book"' in desk.get("/desk/book").text
    answer = book(desk, ines, couple)
    assert answer.status_code == 303, answer.text
    appointment = answer.headers["Location"]
    page = desk.get(f"/desk?day={DAY}").text
    assert "Sam · Noor" in page
    assert "Preparation" in page
    assert "Ines" in page
    assert f'href="{appointment}"' in page
    desk.get(appointment)
    assert desk.post(f"{appointment}/cancel").status_code == 303
    assert "Taken out" in desk.get(f"/desk?day={DAY}").text


def test_an_enquiry_is_registered_under_its_name_which_stands_in_no_address(
    desk: Visitor, practice: Practice, world: World
) -> None:
    sent = desk.door.post(
        f"/api/v1/p/{practice.slug}/enquiries", {"display_name": "Amal", "email": "amal@example.org"}
    )
    assert sent.status_code == 201, sent.text
    world.pump()
    (path,) = re.findall(r'href="(/desk/couples/new[?][^"]+)"', desk.get("/desk").text)
    assert "Amal" not in path
    page = desk.get(html.unescape(path)).text
    assert re.search(r'name="first"[^>]+value="Amal"', page)
    enquiry = re.findall(r'name="enquiry" value="([^"]+)"', page)[0]
    wrong = desk.post("/desk/couples/new", {"enquiry": enquiry, "first": "", "policy": "discretion"})
    assert wrong.status_code == 422
    assert re.search(r'name="first"[^>]+value=""', wrong.text), "what was typed stays, not what was known"


def test_a_form_sent_twice_books_once_and_a_second_at_the_same_time_is_told_why(
    desk: Visitor, ines: UUID
) -> None:
    path = f"/couples/{register(desk)}/book"
    partners = re.findall(r'name="partner_ids" value="([^"]+)" checked', desk.get(path).text)
    assert len(partners) == 2
    fields = {
        "kind": "preparation",
        "partner_ids": partners,
        "practitioner_ids": str(ines),
        "starts_at": f"{DAY}T12:00",
    }
    twice = [desk.post(path, {**fields, "duration_min": "50"}).status_code for _ in range(2)]
    assert twice == [303, 303]
    assert desk.get(f"/desk?day={DAY}").text.count("Sam · Noor") == 1
    other = book(desk, ines, register(desk, "Amal", "Jules"), starts_at=f"{DAY}T12:15")
    assert other.status_code == 422
    assert 'role="alert"' in other.text
    assert f'value="{DAY}T12:15"' in other.text, "what was typed stays"


@pytest.mark.parametrize(
    "fields",
    [
        {"starts_at": "someday"},
        {"practitioner_ids": "nobody"},
        {"kind": "medicine"},
        {"duration_min": "5"},
        {"duration_min": "9" * 5000},
        {"partner_ids": []},
        {"partner_ids": ["00000000-0000-0000-0000-000000000001"]},
    ],
)
def test_what_is_wrong_with_a_booking_is_said(desk: Visitor, ines: UUID, fields: dict[str, Any]) -> None:
    answer = book(desk, ines, register(desk), **fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_a_person_of_another_couple_is_never_taken_for_both(desk: Visitor, ines: UUID) -> None:
    other = desk.get(f"/couples/{register(desk, 'Amal', 'Jules')}/book").text
    amal = re.findall(r'name="partner_ids" value="([^"]+)"', other)[0]
    answer = book(desk, ines, register(desk), partner_ids=[amal])
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "Sam · Noor" not in desk.get(f"/desk?day={DAY}").text


def test_couples_after_the_hundredth_have_names_too(desk: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = register(desk), register(desk, "Amal", "Jules")
    monkeypatch.setattr(people, "COUPLES", replace(people.COUPLES, query={"limit": "1"}))
    monkeypatch.setattr(booking, "COUPLES", replace(people.COUPLES, query={"limit": "1"}))
    page = desk.get("/desk/book").text
    for one in (first, second):
        assert f'href="/couples/{one}/book"' in page


def test_hostile_names_are_shown_as_text(desk: Visitor) -> None:
    couple = register(desk, '<script>alert("x")</script>', "'; DROP TABLE couple; --")
    page = desk.get(f"/desk/couples/{couple}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_who_is_missing_is_shown_and_each_partner_is_invited_to_their_own_address(desk: Visitor) -> None:
    couple = register(desk)
    page = desk.get(f"/desk/couples/{couple}").text
    assert page.count("Not invited yet") == 2
    sam, noor = re.findall(r'action="(/desk/couples/[^"]+/invite/[^"]+)"', page)
    wrong = desk.post(sam, {"email": "sam at example"})
    assert wrong.status_code == 422
    assert 'value="sam at example"' in wrong.text
    assert desk.post(sam, {"email": "sam@example.org"}).status_code == 303
    page = desk.get(f"/desk/couples/{couple}").text
    assert (page.count("Not invited yet"), page.count(">Invited<")) == (1, 1)
    shared = desk.post(noor, {"email": "sam@example.org"})
    assert shared.status_code == 422, "never an address that both of them read"


def test_the_care_team_is_set_and_a_stale_form_does_not_overwrite(desk: Visitor, ines: UUID) -> None:
    couple = register(desk)
    page = desk.get(f"/desk/couples/{couple}").text
    version = html.unescape(re.findall(r'name="version" value="([^"]*)"', page)[0])
    path = f"/desk/couples/{couple}/care-team"
    assert desk.post(path, {"practitioner": str(ines), "version": version}).status_code == 303
    assert re.search(rf'value="{ines}" checked', desk.get(f"/desk/couples/{couple}").text)
    assert desk.post(path, {"version": version}).status_code == 409
    assert re.search(rf'value="{ines}" checked', desk.get(f"/desk/couples/{couple}").text)


def test_messages_say_whether_they_went_out_and_not_a_word_of_them(desk: Visitor) -> None:
    couple = register(desk)
    desk.post(
        re.findall(r'action="(/desk/couples/[^"]+/invite/[^"]+)"', desk.get(f"/desk/couples/{couple}").text)[
            0
        ],
        {"email": "sam@example.org"},
    )
    page = desk.get("/messages").text
    assert "Waiting" in page
    assert "invitation" not in page.lower()
    assert desk.get("/messages?state=nonsense").status_code == 200


@pytest.mark.parametrize(
    "path", ["/desk", "/desk/book", "/desk/couples/new", "/messages", "/practice", "/team"]
)
def test_nobody_else_finds_these_pages(door: Door, practice: Practice, path: str) -> None:
    clinician = Visitor(door, cookie=practice.sign_in(practice.join_staff("practitioner")))
    assert clinician.get(path).status_code == 404
    stranger = Visitor(door)
    assert "Sign in" in stranger.get(path).text
