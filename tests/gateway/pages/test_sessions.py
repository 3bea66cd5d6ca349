"""A partner's sessions: neutral states, a file for the calendar, and nothing of anybody else's."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.gateway.pages.care import Care, stable


def test_sessions_stand_in_the_list_in_their_public_states(care: Care) -> None:
    session_id, _ = care.couple.confirmed()
    ana = care.ana()
    page = ana.get("/sessions").text
    assert "Long session" in page
    assert "Not scheduled yet" in page, "the confirmation is told at the next quarter hour"
    assert "10:00" not in page.split("Integration")[0].split("Ahead")[-1]
    care.world.move_clock(care.couple.practice, timedelta(minutes=15))
    page = ana.get("/sessions").text
    assert "Confirmed" in page
    assert f'href="/sessions/{session_id}"' in page
    assert "10:00" in ana.get(f"/sessions/{session_id}").text


def test_nothing_planned_is_said_in_a_sentence(care: Care) -> None:
    assert "Nothing is planned yet." in care.ana().get("/sessions").text


def test_the_calendar_file_passes_as_the_service_wrote_it(care: Care) -> None:
    session_id, _ = care.couple.confirmed()
    ana = care.ana()
    assert ana.get(f"/sessions/{session_id}/calendar.ics").status_code == 404
    assert "calendar.ics" not in ana.get(f"/sessions/{session_id}").text
    care.world.move_clock(care.couple.practice, timedelta(minutes=15))
    assert f"/sessions/{session_id}/calendar.ics" in ana.get(f"/sessions/{session_id}").text
    file = ana.get(f"/sessions/{session_id}/calendar.ics")
    assert file.mimetype == "text/calendar"
    assert file.headers["Content-Disposition"] == 'attachment; filename="appointment.ics"'
    assert file.headers["Cache-Control"] == "no-store"
    assert b"SUMMARY:Appointment" in file.data
    assert b"etamin" not in file.data.lower()


@pytest.mark.P1
@pytest.mark.parametrize("rest", ["", "/consent", "/day", "/calendar.ics"])
def test_a_strangers_session_looks_like_none(care: Care, rest: str) -> None:
    session_id, _ = care.couple.confirmed()
    stranger = care.stranger()
    denied, missing = (stranger.get(f"/sessions/{one}{rest}") for one in (session_id, uuid4()))
    assert (denied.status_code, stable(denied)) == (404, stable(missing))
    assert stranger.get(f"/sessions/forged{rest}").status_code == 404


def test_without_the_service_the_list_says_so_and_the_frame_stays(care: Care) -> None:
    page = care.ana(care.without("sessions")).get("/sessions")
    assert page.status_code == 200
    assert "This can’t be shown right now" in page.text
    assert 'id="quick-exit"' in page.text
