"""From nothing to the first consultation: the admin's checklist, and the public page that it leads to."""

import re
from uuid import UUID

import pytest

from tests.gateway.door import Door, Practice
from tests.gateway.visitor import Visitor
from tests.world.world import World


@pytest.fixture
def admin(door: Door, practice: Practice, world: World) -> Visitor:
    made = Visitor(door, cookie=practice.sign_in(practice.join_staff("practice_admin", name="Ada")))
    world.pump()
    return made


def open_for_consultations(admin: Visitor, practice: Practice, world: World) -> UUID:
    """All five steps through the pages; the practitioner."""
    admin.get("/team")
    added = admin.post("/team", {"display_name": "Ines", "email": "ines@example.org", "role": "practitioner"})
    assert added.status_code == 303, added.text
    world.pump()
    ines = re.findall(r'<option value="([^"]+)"', admin.get("/practice").text)[0]
    forms = {
        "/practice/licences": {
            "practitioner": ines,
            "profession": "LMFT",
            "jurisdiction": "US-CO",
            "valid_from": "2020-01-01",
            "valid_until": "2090-01-01",
        },
        "/practice/hours": {
            "practitioner": ines,
            "weekday": [str(day) for day in range(7)],
            "from_time": "09:00",
            "until_time": "17:00",
        },
        "/practice/rooms": {"room": "Room 2", "room_kind": "talk"},
        "/practice/sender": {"sender": "Oak"},
    }
    for path, fields in forms.items():
        page = admin.get("/practice").text
        if path.endswith("sender"):
            fields["version"] = re.findall(r'name="version" value="([^"]*)"', page)[0].replace("&#34;", '"')
        sent = admin.post(path, fields)
        assert sent.status_code == 303, (path, re.findall(r'class="error".*', sent.text), sent.status_code)
    world.pump()
    return UUID(ines)


def test_from_nothing_to_the_first_consultation(
    admin: Visitor, door: Door, practice: Practice, world: World
) -> None:
    assert admin.get("/practice").text.count("To do") == 4, "it has a sender's name from its beginning"
    open_for_consultations(admin, practice, world)
    page = admin.get("/practice").text
    assert "To do" not in page
    assert f"/p/{practice.slug}" in page
    visitor = Visitor(door)
    page = visitor.get(f"/p/{practice.slug}").text
    times = re.findall(r'name="starts_at" value="([^"]+)"', page)
    assert times
    wrong = visitor.post(
        f"/p/{practice.slug}", {"display_name": "Sam", "email": "sam", "starts_at": times[0]}
    )
    assert wrong.status_code == 422
    assert 'value="Sam"' in wrong.text
    assert 'id="f-email-error"' in wrong.text
    assert re.search(rf'value="{re.escape(times[0])}" checked', wrong.text)
    fields = {"display_name": "Sam", "email": "sam@example.org", "starts_at": times[0]}
    early = visitor.post(f"/p/{practice.slug}", fields)
    assert early.status_code == 503, "sessions has not heard of the enquiry yet"
    assert "Send it again in a moment" in early.text
    world.pump()
    sent = visitor.post(f"/p/{practice.slug}", fields)
    assert sent.status_code == 303
    assert visitor.post(f"/p/{practice.slug}", fields).status_code == 303, "sent twice, booked once"
    assert "We’ll talk on" in visitor.get(sent.headers["Location"]).text
    second = Visitor(door)
    second.get(f"/p/{practice.slug}")
    other = {**fields, "display_name": "Amal", "email": "amal@example.org"}
    second.post(f"/p/{practice.slug}", other)
    world.pump()
    late = second.post(f"/p/{practice.slug}", other)
    assert late.status_code == 409
    assert "Somebody was quicker" in late.text


def test_a_visitor_chooses_among_times_of_a_later_day(
    admin: Visitor, door: Door, practice: Practice, world: World
) -> None:
    open_for_consultations(admin, practice, world)
    path, visitor = f"/p/{practice.slug}", Visitor(door)
    first = visitor.get(path).text
    earliest = re.findall(r'name="starts_at" value="([^"]+)"', first)
    days = re.findall(rf'href="{path}\?day=([0-9-]+)#f-starts_at"', first)
    assert len(days) >= 14, "the second week too"
    later = visitor.get(f"{path}?day={days[-2]}").text
    assert f'day={days[-2]}#f-starts_at" aria-current="true"' in later
    shown = re.findall(r'name="starts_at" value="([^"]+)"', later)
    assert len(shown) == 8, "from nine to five, no more than tells nothing"
    assert not set(earliest) & set(shown)

    fields = {"display_name": "Sam", "email": "sam", "starts_at": shown[5]}
    wrong = visitor.post(f"{path}?day={days[-2]}", fields)
    assert wrong.status_code == 422
    assert re.search(rf'value="{re.escape(shown[5])}" checked', wrong.text), "on the same day again"
    fields["email"] = "sam@example.org"
    visitor.post(f"{path}?day={days[-2]}", fields)
    world.pump()
    sent = visitor.post(f"{path}?day={days[-2]}", fields)
    assert sent.status_code == 303
    booked = visitor.get(sent.headers["Location"]).text
    assert f'datetime="{shown[5]}"' in booked
    assert shown[5] not in visitor.get(f"{path}?day={days[-2]}").text


def test_a_day_that_is_none_shows_the_page_all_the_same(
    admin: Visitor, door: Door, practice: Practice, world: World
) -> None:
    open_for_consultations(admin, practice, world)
    for day in ("soon", "2026-13-40", "", "%00", "<script>", "9999-12-31", "0001-01-01"):
        page = Visitor(door).get(f"/p/{practice.slug}?day={day}")
        assert page.status_code == 200, day
        assert re.findall(rf'href="/p/{practice.slug}\?day=[0-9-]+#', page.text), day
        assert "<script>" not in page.text


def test_a_practice_that_is_not_there_has_no_page(door: Door) -> None:
    visitor = Visitor(door)
    assert visitor.get("/p/nowhere").status_code == 404
    assert visitor.get("/p/nowhere/thanks?at=<script>").status_code == 404


def test_a_stranger_sees_neither_who_is_busy_nor_who_works_here(
    admin: Visitor, door: Door, practice: Practice, world: World
) -> None:
    ines = open_for_consultations(admin, practice, world)
    page = Visitor(door).get(f"/p/{practice.slug}").text
    assert str(ines) not in page


def test_roles_and_names_are_asked_for_beside_their_fields(admin: Visitor) -> None:
    admin.get("/team")
    wrong = admin.post("/team", {"display_name": "", "email": "x@example.org"})
    assert wrong.status_code == 422
    assert "Write their name" in wrong.text
    assert "Choose at least one role" in wrong.text
    wrong = admin.post("/team", {"display_name": "Omar", "email": "omar", "role": "prescriber"})
    assert wrong.status_code == 422
    assert 'id="f-email-error"' in wrong.text
    assert 'value="Omar"' in wrong.text
