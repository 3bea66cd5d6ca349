"""My day and the list of couples: one's own, in the practice's time, and names alone."""

from datetime import timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest

from tests.gateway.care_pages.clinic import Clinic
from tests.gateway.test_pages import partner_cookie
from tests.sessions.couple_in_care import ZONE


def test_my_day_holds_my_appointments_in_the_place_s_time_and_no_one_else_s(clinic: Clinic) -> None:
    day = clinic.couple.starts_at.astimezone(ZoneInfo(ZONE)).date()
    clinic.couple.book(kind="preparation", starts_at=clinic.couple.starts_at.isoformat())
    page = clinic.ines().get(f"/day?on={day}")
    assert page.status_code == 200
    assert "One session" in page.text
    assert "10:00" in page.text
    assert "Birch" in page.text
    assert "Sam" in page.text
    assert "Noor" in page.text
    after = clinic.ines().get(f"/day?on={day + timedelta(days=1)}").text
    assert "Nothing in your calendar" in after
    assert "Sam" not in clinic.maren().get(f"/day?on={day}").text


def test_my_day_says_what_waits_for_me(clinic: Clinic) -> None:
    session_id = clinic.couple.plan()
    page = clinic.ines().get("/day").text
    assert "See what is missing for a medicine session" in page
    assert f"/medicine/{session_id}" in page
    assert "Nothing waits for you." in clinic.maren().get("/day").text


def test_what_is_no_day_is_today(clinic: Clinic) -> None:
    today = clinic.couple.now.astimezone(ZoneInfo(ZONE)).date()
    page = clinic.ines().get("/day?on=tomorrow")
    assert page.status_code == 200
    assert f'datetime="{today}"' in page.text


def test_a_service_that_is_down_leaves_its_part_of_the_day(clinic: Clinic) -> None:
    page = clinic.ines(clinic.without("notify")).get("/day")
    assert page.status_code == 200
    assert page.text.count("This can’t be shown right now") == 1
    assert "Nothing in your calendar" in page.text


@pytest.mark.P2
def test_couples_are_those_i_treat_and_for_the_desk_all_found_by_a_part_of_a_name(clinic: Clinic) -> None:
    assert clinic.path in clinic.ines().get("/couples").text
    assert clinic.path not in clinic.maren().get("/couples").text
    fay = clinic.fay()
    assert clinic.path in fay.get("/couples?name=noo").text
    assert clinic.path not in fay.get("/couples?name=xyz").text
    assert clinic.path not in fay.get("/couples?name=%25").text, "a wildcard is a letter like any other"


def test_hostile_words_in_the_search_are_words(clinic: Clinic) -> None:
    words = '"><script>alert(1)</script>&cursor=zz'
    page = clinic.fay().get(f"/couples?name={quote(words)}")
    assert page.status_code == 200
    assert "<script>alert" not in page.text


@pytest.mark.P2
def test_partners_and_the_desk_see_none_of_a_clinician_s_pages(clinic: Clinic) -> None:
    session_id = clinic.couple.plan()
    partner = partner_cookie(clinic.world, clinic.practice)
    pages = (
        "/day", "/safety", f"/medicine/{session_id}", f"{clinic.path}/plan", f"{clinic.path}/emergency",
        f"{clinic.path}/told/{clinic.sam_id}", f"{clinic.path}/readiness/{clinic.sam_id}",
    )  # fmt: skip
    fay = clinic.fay()
    for path in pages:
        assert clinic.door.get(path, headers=partner).status_code == 404, path
        assert fay.get(path).status_code == 404, path
    for path in ("/couples", clinic.path, f"{clinic.path}/book", f"/appointments/{session_id}"):
        assert clinic.door.get(path, headers=partner).status_code == 404, path
