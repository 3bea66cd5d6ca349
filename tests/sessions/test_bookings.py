"""Bookings: nobody and no room twice, within availability and licence, and who may see and do what."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from shared.events.gateway import StaffJoined, StaffRole
from shared.events.intake import CareTeamChanged, CoupleRegistered
from tests.sessions.couple_in_care import CoupleInCare, couple_in_care, events_of, license_and_open
from tests.world.world import World


def second_practitioner(world: World, care: CoupleInCare, *, is_licensed: bool = True) -> str:
    person_id = uuid4()
    world.tell(
        care.practice, StaffJoined(person_id=person_id, roles=(StaffRole.FACILITATOR,), contact_id=uuid4())
    )
    license_and_open(world, care.practice, person_id, is_licensed=is_licensed)
    return str(person_id)


def second_couple(world: World, care: CoupleInCare) -> tuple[str, list[str]]:
    couple_id, people = uuid4(), (uuid4(), uuid4())
    world.tell(
        care.practice,
        CoupleRegistered(couple_id=couple_id, partner_ids=people),
        CareTeamChanged(couple_id=couple_id, practitioner_ids=(care.practitioner_id,)),
    )
    return str(couple_id), [str(one) for one in people]


@pytest.mark.B1
@pytest.mark.parametrize("shared", ["practitioner", "room", "partner"])
def test_raced_bookings_of_one_resource_give_one_booking(world: World, shared: str) -> None:
    care = couple_in_care(world)
    colleague = second_practitioner(world, care)
    couple_id, people = second_couple(world, care)
    first: dict[str, Any] = {"room_id": None, "kind": "regulation"}
    second: dict[str, Any] = {**first, "couple_id": couple_id, "partner_ids": people}
    second["practitioner_ids"] = [colleague]
    if shared == "practitioner":
        second["practitioner_ids"] = [str(care.practitioner_id)]
    elif shared == "room":
        first["room_id"] = second["room_id"] = care.talk_room
    else:
        second |= {"couple_id": str(care.couple_id), "partner_ids": [str(care.partner_ids[1])]}
    starts = [(care.starts_at + timedelta(days=day)).isoformat() for day in range(6)]
    overlaps = [(care.starts_at + timedelta(days=day, minutes=59)).isoformat() for day in range(6)]
    with ThreadPoolExecutor(4) as pool:
        for start, overlap in zip(starts, overlaps, strict=True):
            gate = Barrier(4)

            def at_once(body: dict[str, Any], gate: Barrier = gate) -> Any:
                gate.wait()
                return care.book_answer(**body)

            wanted = [{**first, "starts_at": start}, {**second, "starts_at": overlap}] * 2
            answers = list(pool.map(at_once, wanted))
            assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
            refused = {one.data for one in answers if one.status_code == 409}
            assert len(refused) == 1
    assert len(world.rows("sessions", care.practice, "SELECT 1 FROM booking")) == 6


@pytest.mark.B1
def test_a_taken_slot_does_not_tell_whose_diary_is_full(world: World) -> None:
    care = couple_in_care(world)
    colleague = second_practitioner(world, care)
    couple_id, people = second_couple(world, care)
    care.book(starts_at=care.starts_at.isoformat())
    same_time = {"starts_at": care.starts_at.isoformat()}
    others = {"couple_id": couple_id, "partner_ids": people}
    answers = [
        care.book_answer(**same_time, practitioner_ids=[colleague], room_id=None),
        care.book_answer(**same_time, **others, room_id=None),
        care.book_answer(**same_time, **others, practitioner_ids=[colleague]),
    ]
    assert [one.json["code"] for one in answers] == ["slot_taken"] * 3
    assert len({(one.data, str(sorted(one.headers))) for one in answers}) == 1


@pytest.mark.B1
def test_the_database_itself_refuses_an_overlap(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.book()
    with pytest.raises(Exception, match="occupancy_no_overlap") as refused:
        world.rows(
            "sessions",
            care.practice,
            "INSERT INTO occupancy (id, session_id, resource_no, during)"
            " SELECT gen_random_uuid(), session_id, resource_no, during FROM occupancy WHERE session_id = %s"
            " RETURNING 1",
            session_id,
        )
    assert isinstance(refused.value.__cause__, psycopg.errors.ExclusionViolation)


def test_appointments_that_touch_do_not_overlap(world: World) -> None:
    care = couple_in_care(world)
    care.book(starts_at=care.starts_at.isoformat())
    care.book(starts_at=(care.starts_at + timedelta(minutes=60)).isoformat())


def test_a_cancelled_booking_frees_its_time_and_tells_the_others(world: World) -> None:
    care = couple_in_care(world)
    booking_id = care.book()
    assert care.desk.post(f"/bookings/{booking_id}/cancel").json["state"] == "cancelled"
    assert events_of(world, care.practice, booking_id) == ["session_booked", "session_cancelled"]
    assert care.shown(care.ana, booking_id)["state"] == "not_going_ahead"
    care.book()
    assert care.desk.post(f"/bookings/{booking_id}/cancel").json["code"] == "booking_is_over"


def test_a_booking_fits_availability_licence_and_time(world: World) -> None:
    care = couple_in_care(world)
    unlicensed = second_practitioner(world, care, is_licensed=False)
    late = (care.starts_at + timedelta(hours=9, minutes=30)).isoformat()
    past = (care.now - timedelta(days=1)).replace(second=0, microsecond=0).isoformat()
    assert care.book_answer(starts_at=late).json["code"] == "outside_availability"
    assert care.book_answer(starts_at=past).json["code"] == "time_is_past"
    assert care.book_answer(practitioner_ids=[unlicensed]).json["code"] == "licence_missing"
    assert care.plan_answer(practitioner_ids=[unlicensed]).json["code"] == "licence_missing"
    assert care.plan_answer(room_id=care.talk_room).json["code"] == "room_not_suitable"
    assert care.plan_answer(taking_ids=[str(uuid4())]).json["code"] == "not_of_this_couple"
    assert care.book_answer(practitioner_ids=[str(uuid4())]).status_code == 404
    assert care.book_answer(couple_id=str(uuid4())).status_code == 404
    care.book(practitioner_ids=[unlicensed], kind="preparation")


def test_bad_input_is_named_and_changes_nothing(world: World) -> None:
    care = couple_in_care(world)
    assert care.plan_answer(programme="mdma").status_code == 422
    assert care.plan_answer(attending_ids=[str(care.partner_ids[0])]).status_code == 422
    assert care.book_answer(starts_at="2030-01-01T10:00:00").status_code == 422
    assert care.book_answer(kind="medicine").status_code == 422
    assert care.book_answer(surprise=1).json["errors"][0]["pointer"] == "/surprise"
    assert world.rows("sessions", care.practice, "SELECT 1 FROM occupancy") == []


def test_the_same_booking_sent_twice_is_one_booking(world: World) -> None:
    care = couple_in_care(world)
    desk = care.desk
    body = {
        "kind": "preparation", "couple_id": str(care.couple_id), "partner_ids": [str(care.partner_ids[0])],
        "practitioner_ids": [str(care.practitioner_id)], "starts_at": care.starts_at.isoformat(),
        "duration_min": 50,
    }  # fmt: skip
    first = desk.post("/bookings", body, key="the-same-key")
    again = desk.post("/bookings", body, key="the-same-key")
    assert first.status_code == 201
    assert first.data == again.data
    assert first.headers["ETag"] == '"1"'


def test_a_booking_is_completed_by_who_attends_and_not_before_it_begins(world: World) -> None:
    care = couple_in_care(world)
    booking_id = care.book()
    path = f"/bookings/{booking_id}/complete"
    assert care.desk.post(path).status_code == 404
    assert care.therapist.post(path).json["code"] == "not_the_time_yet"
    care.move_to(care.starts_at + timedelta(days=1))
    assert care.therapist.post(path).json["state"] == "completed"
    assert care.therapist.post(path).json["code"] == "booking_is_over"
    assert care.shown(care.bo, booking_id)["state"] == "completed"


@pytest.mark.P2
def test_front_desk_sees_a_medicine_session_without_gate_and_programme(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.plan()
    span = {"from": care.now.isoformat(), "until": (care.now + timedelta(days=20)).isoformat()}
    (row,) = care.desk.get("/bookings", query_string=span).json["items"]
    assert (row["session_id"], row["kind"]) == (session_id, "medicine")
    assert "gate" not in row
    assert "programme" not in row
    assert care.desk.get(f"/medicine-sessions/{session_id}").status_code == 404


@pytest.mark.P2
def test_a_clinician_who_does_not_treat_the_couple_sees_and_books_nothing_of_it(world: World) -> None:
    care = couple_in_care(world)
    stranger = world.caller("sessions", care.practice, uuid4(), "practitioner")
    elsewhere = world.caller("sessions", world.practice(), care.practitioner_id, "practitioner")
    session_id, booking_id = care.plan(), care.book()
    span = {"from": care.now.isoformat(), "until": (care.now + timedelta(days=20)).isoformat()}
    body = {"couple_id": str(care.couple_id), "programme": "ketamine_clinic", "room_id": care.medicine_room}
    people = {"taking_ids": [str(care.partner_ids[0])], "practitioner_ids": [str(care.practitioner_id)]}
    when = {"starts_at": care.starts_at.isoformat(), "duration_min": 60}
    for caller in (stranger, elsewhere):
        assert caller.get("/bookings", query_string=span).json["items"] == []
        assert caller.get(f"/bookings/{booking_id}").status_code == 404
        assert caller.get(f"/medicine-sessions/{session_id}").status_code == 404
        assert caller.post(f"/medicine-sessions/{session_id}/cancel").status_code == 404
        assert caller.post("/medicine-sessions", {**body, **people, **when}).status_code == 404
    assert care.ana.get("/bookings").status_code == 404
    assert care.ana.get(f"/medicine-sessions/{session_id}").status_code == 404
