"""A practitioner with a conflict of interest is booked for that couple no more, and sees nothing of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.gateway import StaffJoined, StaffRole
from shared.events.intake import BreakGlassOpened, CareTeamChanged, ConflictMarked, ConflictMarkLifted
from tests.sessions.couple_in_care import CoupleInCare, couple_in_care, license_and_open
from tests.sessions.test_practitioners_and_gate import unmet
from tests.world.world import Caller, World


@pytest.fixture
def care(world: World) -> CoupleInCare:
    return couple_in_care(world)


def mark(care: CoupleInCare, who: UUID | None = None) -> None:
    fact = ConflictMarked(couple_id=care.couple_id, practitioner_id=who or care.practitioner_id, at=care.now)
    care.world.tell(care.practice, fact)


def lift(care: CoupleInCare) -> None:
    fact = ConflictMarkLifted(couple_id=care.couple_id, practitioner_id=care.practitioner_id, at=care.now)
    care.world.tell(care.practice, fact)


def colleague(care: CoupleInCare) -> Caller:
    """Another practitioner takes over: they treat the couple now, and nobody else does."""
    person_id = uuid4()
    care.world.tell(
        care.practice,
        StaffJoined(person_id=person_id, roles=(StaffRole.PRACTITIONER,), contact_id=uuid4()),
        CareTeamChanged(couple_id=care.couple_id, practitioner_ids=(person_id,)),
    )
    license_and_open(care.world, care.practice, person_id)
    return care.world.caller("sessions", care.practice, person_id, "practitioner")


def listed(care: CoupleInCare, who: Caller) -> dict[str, bool]:
    """What somebody's calendar holds: whether each entry needs another practitioner."""
    span = [(care.starts_at + timedelta(days=day)).isoformat().replace("+", "%2B") for day in (-1, 5)]
    items = who.get(f"/bookings?from={span[0]}&until={span[1]}").json["items"]
    return {one["session_id"]: one["needs_another_practitioner"] for one in items}


def doors(session_id: str, integration_id: str, who: Caller) -> list[Any]:
    """Everything that somebody who attends and treats may do with what is booked already."""
    medicine = f"/medicine-sessions/{session_id}"
    return [
        who.get(medicine),
        who.get(f"/bookings/{session_id}"),
        who.get(f"/bookings/{integration_id}"),
        who.post(f"{medicine}/start", {}),
        who.post(f"{medicine}/end"),
        who.post(f"{medicine}/cancel"),
        who.post(f"/bookings/{integration_id}/complete"),
        who.post(f"/bookings/{integration_id}/cancel"),
        who.post(f"/bookings/{session_id}/cancel"),
    ]


@pytest.mark.P2
def test_what_is_booked_already_is_there_no_more_for_who_is_in_conflict(care: CoupleInCare) -> None:
    """Whatever else says that they may: named in it, still in the care team, an access that is open."""
    session_id, integration_id = care.confirmed()
    opened = BreakGlassOpened(
        break_glass_id=uuid4(),
        couple_id=care.couple_id,
        person_id=None,
        practitioner_id=care.practitioner_id,
        expires_at=care.now + timedelta(hours=1),
    )
    care.world.tell(care.practice, opened)

    mark(care)

    missing = care.therapist.get(f"/bookings/{uuid4()}")
    for answer in doors(session_id, integration_id, care.therapist):
        assert (answer.status_code, answer.data) == (404, missing.data)
    assert listed(care, care.therapist) == {}


@pytest.mark.P2
def test_with_another_couple_and_once_it_is_lifted_there_is_no_conflict(care: CoupleInCare) -> None:
    session_id, integration_id = care.confirmed()
    care.world.tell(
        care.practice,
        ConflictMarked(couple_id=uuid4(), practitioner_id=care.practitioner_id, at=care.now),
        ConflictMarked(couple_id=care.couple_id, practitioner_id=uuid4(), at=care.now),
    )
    assert care.state_of(session_id) == "confirmed"
    assert listed(care, care.therapist) == {session_id: False, integration_id: False}
    mark(care)
    assert listed(care, care.therapist) == {}
    lift(care)
    assert care.state_of(session_id) == "confirmed"
    assert listed(care, care.therapist) == {session_id: False, integration_id: False}


def test_a_medicine_session_is_held_like_for_any_other_reason_and_the_desk_sees_what_is_needed(
    care: CoupleInCare,
) -> None:
    session_id, integration_id = care.confirmed()
    mark(care)
    other = colleague(care)

    view = other.get(f"/medicine-sessions/{session_id}").json
    assert view["state"] == "held"
    assert unmet(view) == {"no_conflict_of_interest", "integration_within_72h"}
    for who in (care.desk, other):
        assert listed(care, who) == {session_id: True, integration_id: True}
        assert who.get(f"/bookings/{integration_id}").json["needs_another_practitioner"] is True

    lift(care)

    assert other.get(f"/medicine-sessions/{session_id}").json["state"] == "confirmed"
    assert listed(care, care.desk) == {session_id: False, integration_id: False}


def test_an_act_of_a_partner_does_not_open_the_gate_again(care: CoupleInCare) -> None:
    """Their transaction evaluates it too."""
    session_id, _ = care.confirmed()
    mark(care)
    care.withdraw(care.ana, session_id)
    care.consent(care.ana, session_id)
    assert colleague(care).get(f"/medicine-sessions/{session_id}").json["state"] == "held"


def test_another_integration_is_enough_when_only_its_practitioner_is_in_conflict(care: CoupleInCare) -> None:
    other = colleague(care)
    who = str(other.actor.person_id)
    care.make_ready()
    session_id = other.post("/medicine-sessions", _plan(care, who)).json["session_id"]
    integration_id = care.book()
    for partner, person_id in ((care.ana, care.partner_ids[0]), (care.bo, care.partner_ids[1])):
        care.consent(partner, session_id)
        other.post(f"/medicine-sessions/{session_id}/transport-plan", {"person_id": str(person_id)})
    state = lambda: other.get(f"/medicine-sessions/{session_id}").json["state"]  # noqa: E731
    assert state() == "confirmed"

    mark(care)
    assert state() == "held"
    assert listed(care, care.desk) == {session_id: False, integration_id: True}
    assert care.desk.post(f"/bookings/{integration_id}/cancel").status_code == 201
    care.book(practitioner_ids=[who])
    assert state() == "confirmed"


def test_who_is_in_conflict_can_not_be_booked_for_that_couple(care: CoupleInCare) -> None:
    mark(care)
    other = colleague(care)
    ids = [str(care.practitioner_id), str(other.actor.person_id)]
    refused = [
        care.book_answer(),
        care.book_answer(practitioner_ids=ids),
        other.post("/medicine-sessions", _plan(care, *ids)),
    ]
    assert [(one.status_code, one.json["code"]) for one in refused] == [(409, "practitioner_in_conflict")] * 3
    assert care.book_answer(practitioner_ids=ids[1:]).status_code == 201
    lift(care)
    later = (care.starts_at + timedelta(days=2)).isoformat()
    assert care.book_answer(starts_at=later).status_code == 201


def test_a_mark_is_kept_though_the_couple_becomes_known_later(world: World) -> None:
    practice, couple_id, practitioner_id = world.practice(), uuid4(), uuid4()
    at = world.now(practice)
    world.tell(practice, ConflictMarked(couple_id=couple_id, practitioner_id=practitioner_id, at=at))
    world.tell(practice, CareTeamChanged(couple_id=couple_id, practitioner_ids=()))
    (row,) = world.rows("sessions", practice, "SELECT conflict_ids FROM couple")
    assert row.conflict_ids == [practitioner_id]


@pytest.mark.P2
def test_who_treats_the_couple_ends_and_completes_what_somebody_in_conflict_began(care: CoupleInCare) -> None:
    session_id = care.on_the_day()
    (integration_id,) = [one for one in listed(care, care.desk) if one != session_id]
    assert care.start(session_id).status_code == 201
    other = colleague(care)
    end, complete = f"/medicine-sessions/{session_id}/end", f"/bookings/{integration_id}/complete"
    assert [other.post(end).status_code, other.post(complete).status_code] == [404, 404], "only who attends"

    mark(care)

    stranger = care.world.caller("sessions", care.practice, uuid4(), "practitioner")
    for who in (care.therapist, stranger):
        assert [who.post(end).status_code, who.post(complete).status_code] == [404, 404]
    care.move_to(care.starts_at + timedelta(days=1, hours=1))
    assert [other.post(end).status_code, other.post(complete).status_code] == [201, 201]
    assert listed(care, care.desk) == {session_id: False, integration_id: False}, "nothing is ahead any more"


def _plan(care: CoupleInCare, *practitioner_ids: str) -> dict[str, Any]:
    return {
        "couple_id": str(care.couple_id),
        "programme": "ketamine_clinic",
        "taking_ids": [str(one) for one in care.partner_ids],
        "attending_ids": [],
        "practitioner_ids": list(practitioner_ids),
        "room_id": care.medicine_room,
        "starts_at": care.starts_at.isoformat(),
        "duration_min": 180,
    }
