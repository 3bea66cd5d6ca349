"""Planning and holding a medicine session by form, appointments, and the safety queue."""

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from tests.gateway.care_pages.clinic import Clinic
from tests.sessions.couple_in_care import ZONE


def _local(clinic: Clinic, days: int = 0) -> str:
    at = (clinic.couple.starts_at + timedelta(days=days)).astimezone(ZoneInfo(ZONE))
    return at.strftime("%Y-%m-%dT%H:%M")


def test_a_medicine_session_is_planned_prepared_held_and_ended_by_form(clinic: Clinic) -> None:
    ines, couple = clinic.ines(), clinic.couple
    partners = [str(one) for one in couple.partner_ids]
    couple.make_ready()
    ines.get(f"{clinic.path}/plan")
    typed = {
        "programme": "ketamine_clinic", "taking_ids": partners, "practitioner_ids": str(couple.practitioner_id),
        "room_id": couple.medicine_room, "starts_at": _local(clinic), "duration_min": "180",
    }  # fmt: skip
    wrong = ines.post(f"{clinic.path}/plan", {**typed, "starts_at": "next week", "duration_min": "long"})
    assert wrong.status_code == 422
    for name in ("starts_at", "duration_min"):
        assert f'id="f-{name}-error"' in wrong.text
    planned = ines.post(f"{clinic.path}/plan", typed)
    assert planned.status_code == 303, planned.text
    here = planned.headers["Location"]
    session_id = here.rpartition("/")[2]
    page = ines.get(here).text
    assert "It can start once everything holds" in page
    assert "10:00" in page
    for person in partners:  # from one and the same page
        assert ines.post(f"{here}/way-home", {"person_id": person}).status_code == 303
    ines.get(f"{clinic.path}/book?kind=integration&for={session_id}")
    booked = ines.post(
        f"{clinic.path}/book",
        {
            "kind": "integration", "partner_ids": partners, "practitioner_ids": str(couple.practitioner_id),
            "room_id": couple.talk_room, "starts_at": _local(clinic, days=1), "duration_min": "60",
            "medicine_session_id": session_id,
        },
    )  # fmt: skip
    assert booked.status_code == 303, booked.text
    couple.consent(couple.ana, session_id)
    couple.consent(couple.bo, session_id)
    ines.get(here)
    early = ines.post(f"{here}/start")
    assert early.status_code == 422
    assert 'role="alert"' in early.text
    couple.move_to(couple.starts_at - timedelta(minutes=10))
    clinic.follow()
    for one in (couple.ana, couple.bo):
        couple.reaffirm(one, session_id)
    clinic.world.pump(ticks=True)
    ines.get(here)
    assert ines.post(f"{here}/start").status_code == 303
    assert "End the session" in ines.get(here).text
    wrong = ines.post(
        f"{here}/observations", {"person_id": partners[0], "systolic_mmhg": "high", "note": "Calm"}
    )
    assert wrong.status_code == 422
    assert 'id="f-systolic_mmhg-error"' in wrong.text
    assert ">\nCalm</textarea>" in wrong.text
    seen = {"person_id": partners[1], "systolic_mmhg": "128", "diastolic_mmhg": "82", "note": "Calm <b>"}
    assert ines.post(f"{here}/observations", seen).status_code == 303
    page = ines.get(here).text
    assert "128/82 mmHg" in page
    assert "Calm &lt;b&gt;" in page
    assert ines.post(f"{here}/end").status_code == 303
    assert "Ended at" in ines.get(here).text


@pytest.mark.C1
def test_on_old_facts_a_named_practitioner_vouches_or_nothing_starts(clinic: Clinic) -> None:
    session_id = clinic.couple.on_the_day()
    clinic.follow()
    ines, here = clinic.ines(), f"/medicine/{session_id}"
    clinic.world.clock.ahead += timedelta(minutes=2)
    try:
        ines.get(here)
        refused = ines.post(f"{here}/start")
        assert refused.status_code == 422
        assert "I checked it: start" in refused.text
        assert "Start the session" in ines.get(here).text
        assert ines.post(f"{here}/start", {"confirms": "yes"}).status_code == 303
        assert "Ines confirmed what was not fresh." in ines.get(here).text
    finally:
        clinic.world.clock.ahead -= timedelta(minutes=2)


@pytest.mark.C1
def test_a_withdrawal_stops_the_session_and_the_page_says_so(clinic: Clinic) -> None:
    session_id = clinic.couple.on_the_day()
    clinic.follow()
    assert clinic.couple.start(session_id).status_code == 201
    clinic.couple.withdraw(clinic.couple.ana, session_id)
    page = clinic.ines().get(f"/medicine/{session_id}").text
    assert "No further dose." in page
    assert "Withdrawn" in page


def test_a_session_is_given_up_and_a_way_home_taken_back(clinic: Clinic) -> None:
    session_id = clinic.couple.plan()
    ines, here = clinic.ines(), f"/medicine/{session_id}"
    who = {"person_id": str(clinic.sam_id)}
    ines.get(here)
    assert ines.post(f"{here}/way-home", who).status_code == 303
    assert "Sam’s way home is off" in ines.get(here).text
    assert ines.post(f"{here}/way-home/withdraw", who).status_code == 303
    assert "Record Sam’s way home" in ines.get(here).text
    assert ines.post(f"{here}/cancel").status_code == 303
    assert clinic.couple.state_of(session_id) == "cancelled"


@pytest.mark.P2
def test_a_session_of_others_is_not_found(clinic: Clinic) -> None:
    session_id = clinic.couple.plan()
    maren = clinic.maren()
    for one in (session_id, uuid4()):
        assert maren.get(f"/medicine/{one}").status_code == 404
        maren.get(f"{clinic.path}/emergency")
        assert maren.post(f"/medicine/{one}/start").status_code == 404
        assert maren.get(f"/appointments/{one}").status_code == 404
    assert clinic.fay().get(f"/medicine/{session_id}").status_code == 404


def test_an_appointment_is_said_to_have_taken_place_or_called_off(clinic: Clinic) -> None:
    at = clinic.couple.starts_at
    first = clinic.couple.book(kind="preparation", starts_at=at.isoformat())
    second = clinic.couple.book(kind="preparation", starts_at=(at + timedelta(days=2)).isoformat())
    ines = clinic.ines()
    ines.get(f"/appointments/{first}")
    assert ines.post(f"/appointments/{first}/complete").status_code == 422, "not before it began"
    clinic.couple.move_to(at + timedelta(hours=2))
    clinic.follow()
    assert "Say that a session took place" in ines.get("/day").text
    ines.get(f"/appointments/{first}")
    assert ines.post(f"/appointments/{first}/complete").status_code == 303
    assert "Took place" in ines.get(f"/appointments/{first}").text
    fay = clinic.fay()
    assert "It took place" not in fay.get(f"/appointments/{second}").text
    assert fay.post(f"/appointments/{second}/cancel").status_code == 303
    assert "Called off" in fay.get(f"/appointments/{second}").text


def test_an_alert_says_whom_it_goes_to_next_and_is_taken(clinic: Clinic) -> None:
    clinic.has_ended()
    clinic.worries(clinic.sam_id)
    ines = clinic.ines()
    page = ines.get("/safety").text
    assert "Safety of a person" in page
    assert "if nobody takes it." in page
    assert "Sam" in page
    assert "Not safe at home" not in page, "a list names no kind"
    assert "Safety: 1 to look at" in ines.get("/day").text
    assert "Safety of a person" not in clinic.maren().get("/safety").text
    alert = page.split("/safety/alerts/")[1].split("/")[0]
    concern = page.split("/safety/concerns/")[1].split('"')[0]
    opened = ines.get(f"/safety/concerns/{concern}").text
    assert "Not safe at home" in opened
    assert "Noor doesn’t know." in opened
    assert "I told Sam first" not in opened, "violence is never raised in joint work"
    assert "Private disclosure from Sam" in ines.get(clinic.path).text
    assert clinic.maren().get(f"/safety/concerns/{concern}").status_code == 404
    ines.get("/safety")
    assert ines.post(f"/safety/alerts/{alert}/take").status_code == 303
    clinic.world.pump()
    assert "No open alerts." in ines.get("/safety").text
    assert ines.post(f"/safety/alerts/{uuid4()}/take").status_code == 404


def test_a_form_that_is_sent_twice_counts_once(clinic: Clinic) -> None:
    ines = clinic.ines()
    ines.get(f"{clinic.path}/book")
    typed = {
        "kind": "preparation", "partner_ids": str(clinic.sam_id), "duration_min": "50",
        "practitioner_ids": str(clinic.couple.practitioner_id), "starts_at": _local(clinic),
    }  # fmt: skip
    once, again = (ines.post(f"{clinic.path}/book", typed) for _ in range(2))
    assert (once.status_code, once.headers["Location"]) == (again.status_code, again.headers["Location"])
