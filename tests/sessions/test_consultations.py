"""The free consultation: times from availability less what is taken, booked once per enquiry."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from shared.events.intake import EnquiryReceived
from tests.sessions.couple_in_care import ZONE, couple_in_care, events_of
from tests.world.world import Caller, World


def enquiry(world: World, practice: UUID) -> str:
    enquiry_id = uuid4()
    world.tell(practice, EnquiryReceived(enquiry_id=enquiry_id, contact_id=uuid4()))
    return str(enquiry_id)


def times(visitor: Caller) -> list[datetime]:
    return [
        datetime.fromisoformat(one["starts_at"]) for one in visitor.get("/consultation-times").json["items"]
    ]


def test_times_are_quarter_hours_from_an_hour_on_at_most_twenty(world: World) -> None:
    care = couple_in_care(world)
    found = times(world.caller("sessions", care.practice, None, "public"))
    assert len(found) == 20
    assert found == sorted(set(found))
    assert found[0] >= care.now + timedelta(hours=1)
    assert all(at.minute % 15 == 0 and at.second == 0 for at in found)


def test_some_times_of_any_day_ahead_can_be_seen(world: World) -> None:
    care = couple_in_care(world)
    visitor, zone = world.caller("sessions", care.practice, None, "public"), ZoneInfo(ZONE)
    days = visitor.get("/consultation-times").json["days"]
    assert days == sorted(set(days))
    found = []
    for day in days:
        shown = visitor.get(f"/consultation-times?day={day}").json
        assert shown["days"] == days
        starts = [datetime.fromisoformat(one["starts_at"]) for one in shown["items"]]
        assert 0 < len(starts) <= 8, "enough to choose from, too few to read somebody's day by"
        assert {at.astimezone(zone).date().isoformat() for at in starts} == {day}
        found += starts
    assert found == sorted(set(found))
    assert found[0] == times(visitor)[0]
    assert found[-1] > care.now + timedelta(days=12), "the whole look ahead, not only the first days"
    far = date.fromisoformat(days[-1]) + timedelta(days=30)
    for empty in (far.isoformat(), "0001-01-01", "9999-12-31"):
        assert visitor.get(f"/consultation-times?day={empty}").json == {"items": [], "days": days}
    assert visitor.get("/consultation-times?day=soon").status_code == 422


@pytest.mark.C2
@pytest.mark.P1
def test_the_hours_of_a_session_stay_taken_whatever_becomes_of_it(world: World) -> None:
    """A partner may look as a visitor: what is offered must not tell a hold from a cancellation."""
    care = couple_in_care(world)
    visitor, place = world.caller("sessions", care.practice, None, "public"), ZoneInfo(ZONE)
    session_id, _ = care.confirmed()
    day = care.starts_at.astimezone(place).date()

    def offered() -> list[bytes]:
        return [visitor.get(f"/consultation-times?day={day + timedelta(days=n)}").data for n in range(3)]

    as_planned = offered()
    assert care.withdraw(care.bo, session_id).status_code == 201
    held = offered()
    cancelled = care.therapist.post(f"/medicine-sessions/{session_id}/cancel", {})
    assert cancelled.status_code in (200, 201), cancelled.text
    assert care.state_of(session_id) == "cancelled"
    assert as_planned == held == offered()


def test_a_booked_time_is_offered_no_more_and_the_others_are_told(world: World) -> None:
    care = couple_in_care(world)
    visitor = world.caller("sessions", care.practice, None, "public")
    enquiry_id = enquiry(world, care.practice)
    wanted = times(visitor)[3]

    answer = visitor.post("/consultations", {"enquiry_id": enquiry_id, "starts_at": wanted.isoformat()})

    assert answer.status_code == 201, answer.text
    assert set(answer.json) == {"session_id", "starts_at", "ends_at", "zone"}
    assert wanted not in times(visitor)
    assert events_of(world, care.practice, answer.json["session_id"]) == ["session_booked"]
    other = visitor.post(
        "/consultations", {"enquiry_id": enquiry_id, "starts_at": times(visitor)[0].isoformat()}
    )
    assert other.json["code"] == "consultation_already_booked"


@pytest.mark.B1
def test_two_enquirers_who_want_the_same_time_do_not_both_get_it(world: World) -> None:
    care = couple_in_care(world)
    visitor = world.caller("sessions", care.practice, None, "public")
    wanted = times(visitor)[0].isoformat()
    bodies = [{"enquiry_id": enquiry(world, care.practice), "starts_at": wanted} for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda body: visitor.post("/consultations", body), bodies))
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    assert {one.json["code"] for one in answers if one.status_code == 409} == {"slot_taken"}


def test_a_time_that_is_not_offered_is_refused(world: World) -> None:
    care = couple_in_care(world)
    visitor = world.caller("sessions", care.practice, None, "public")
    enquiry_id = enquiry(world, care.practice)
    off_quarter = times(visitor)[0] + timedelta(minutes=5)
    far = times(visitor)[0] + timedelta(days=15)
    for at in (off_quarter, far):
        body = {"enquiry_id": enquiry_id, "starts_at": at.isoformat()}
        assert visitor.post("/consultations", body).json["code"] == "outside_availability"


def test_an_enquiry_that_is_not_known_yet_is_not_found(world: World) -> None:
    care = couple_in_care(world)
    visitor = world.caller("sessions", care.practice, None, "public")
    body = {"enquiry_id": str(uuid4()), "starts_at": times(visitor)[0].isoformat()}
    assert visitor.post("/consultations", body).status_code == 404


@pytest.mark.P2
def test_partners_book_no_consultations(world: World) -> None:
    care = couple_in_care(world)
    assert care.ana.get("/consultation-times").status_code == 404
    assert care.ana.post("/consultations", {}).status_code == 404
