"""Practitioners and rooms, and how the gate follows the facts that other services tell."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from shared.events.gateway import StaffJoined, StaffRole
from shared.events.intake import PreparationCompleted, Readiness
from shared.events.integration import CheckInAnswered
from tests.sessions.couple_in_care import ZONE, couple_in_care, events_of
from tests.world.world import World


def unmet(care_view: dict[str, object]) -> set[str]:
    gate = care_view["gate"]
    assert isinstance(gate, list)
    return {one["condition"] for one in gate if not one["is_met"]}


def test_staff_who_are_clinicians_become_practitioners(world: World) -> None:
    practice, clinician, desk = world.practice(), uuid4(), uuid4()
    world.tell(
        practice,
        StaffJoined(
            person_id=clinician, roles=(StaffRole.PRESCRIBER, StaffRole.PRACTICE_ADMIN), contact_id=uuid4()
        ),
        StaffJoined(person_id=desk, roles=(StaffRole.FRONT_DESK,), contact_id=uuid4()),
    )
    listed = world.caller("sessions", practice, desk, "front_desk").get("/practitioners").json["items"]
    assert [(one["person_id"], one["roles"]) for one in listed] == [(str(clinician), ["prescriber"])]


@pytest.mark.P2
def test_a_practitioner_sets_their_own_availability_and_nobody_elses(world: World) -> None:
    care = couple_in_care(world)
    span = {"weekday": 0, "from_time": "06:00", "until_time": "07:00", "zone": ZONE}
    other = world.caller("sessions", care.practice, uuid4(), "practitioner")
    assert care.therapist.post(f"/practitioners/{care.practitioner_id}/availability", span).status_code == 201
    assert other.post(f"/practitioners/{care.practitioner_id}/availability", span).status_code == 404
    assert care.ana.post(f"/practitioners/{care.practitioner_id}/availability", span).status_code == 404
    assert care.therapist.post(f"/practitioners/{care.practitioner_id}/licences", {}).status_code == 404
    wrong = {**span, "zone": "Mars/Olympus", "until_time": "05:00"}
    answer = care.therapist.post(f"/practitioners/{care.practitioner_id}/availability", wrong)
    assert answer.status_code == 422


def test_every_condition_is_named_and_met_one_by_one(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.plan()
    path = f"/medicine-sessions/{session_id}"
    everything = {"readiness", "consent", "preparation_completed", "transport_plan", "integration_within_72h"}
    assert unmet(care.therapist.get(path).json) == everything
    care.make_ready()
    assert unmet(care.therapist.get(path).json) == {"consent", "transport_plan", "integration_within_72h"}
    care.arrange_transport(session_id)
    care.consent(care.ana, session_id)
    care.consent(care.bo, session_id)
    assert unmet(care.therapist.get(path).json) == {"integration_within_72h"}
    care.book(starts_at=(care.starts_at + timedelta(days=7)).isoformat())
    assert care.state_of(session_id) == "planned"
    care.book()
    assert care.state_of(session_id) == "confirmed"


def test_the_care_team_sees_where_each_consent_stands_and_since_when(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.plan()

    def standing() -> list[tuple[str, bool]]:
        shown = care.therapist.get(f"/medicine-sessions/{session_id}").json["consents"]
        found = {one["person_id"]: (one["state"], one["at"] is not None) for one in shown}
        assert len(found) == len(shown)
        return [found[str(one)] for one in care.partner_ids]

    assert standing() == [("not_given", False), ("not_given", False)]
    care.consent(care.ana, session_id)
    assert standing() == [("given", True), ("not_given", False)]
    care.withdraw(care.ana, session_id)
    assert standing() == [("withdrawn", True), ("not_given", False)]


@pytest.mark.D1
def test_a_fact_that_arrives_last_confirms_the_session_once_however_often_it_is_told(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.plan()
    care.book()
    care.arrange_transport(session_id)
    care.consent(care.ana, session_id)
    care.consent(care.bo, session_id)
    care.make_ready()
    assert care.state_of(session_id) == "confirmed"
    version = care.therapist.get(f"/medicine-sessions/{session_id}").json["version"]
    care.make_ready()
    assert care.therapist.get(f"/medicine-sessions/{session_id}").json["version"] == version
    assert events_of(world, care.practice, session_id).count("medicine_session_confirmed") <= 1


def test_readiness_that_expires_before_the_session_does_not_count(world: World) -> None:
    care = couple_in_care(world)
    session_id, _ = care.confirmed()
    care.decide(care.partner_ids[0], Readiness.READY, expires_at=care.starts_at - timedelta(minutes=1))
    assert care.state_of(session_id) == "held"


def test_somebody_who_only_attends_needs_consent_and_nothing_else(world: World) -> None:
    care = couple_in_care(world)
    ana, bo = care.partner_ids
    care.make_ready(ana)
    session_id = care.plan(taking_ids=[str(ana)], attending_ids=[str(bo)])
    care.book()
    care.arrange_transport(session_id, [ana])
    care.consent(care.ana, session_id)
    assert care.state_of(session_id) == "planned"
    care.consent(care.bo, session_id)
    assert care.state_of(session_id) == "confirmed"


def test_the_next_session_waits_for_spacing_and_for_the_integration_of_the_previous_one(world: World) -> None:
    care = couple_in_care(world)
    first = care.on_the_day()
    assert care.start(first).status_code == 201
    care.move_to(care.starts_at + timedelta(hours=3))
    care.therapist.post(f"/medicine-sessions/{first}/end")
    soon = care.plan(starts_at=(care.starts_at + timedelta(days=2)).isoformat())
    later = care.plan(starts_at=(care.starts_at + timedelta(days=8)).isoformat())
    gate_of = lambda one: unmet(care.therapist.get(f"/medicine-sessions/{one}").json)  # noqa: E731
    assert {"spacing", "previous_integration_done"} <= gate_of(soon)
    care.therapist.post(f"/medicine-sessions/{soon}/cancel")
    assert "spacing" not in gate_of(later)
    assert "previous_integration_done" in gate_of(later)
    (integration,) = [
        one["session_id"]
        for one in care.ana.get("/me/sessions").json["items"]
        if one["kind"] == "integration"
    ]
    care.move_to(care.starts_at + timedelta(days=1, hours=1))
    assert care.therapist.post(f"/bookings/{integration}/complete").status_code == 201
    assert "previous_integration_done" not in gate_of(later)


def test_everybody_who_takes_the_medicine_has_an_integration_session_booked(world: World) -> None:
    care = couple_in_care(world)
    ana, bo = care.partner_ids
    care.make_ready()
    session_id = care.plan()
    care.arrange_transport(session_id)
    care.consent(care.ana, session_id)
    care.consent(care.bo, session_id)
    path = f"/medicine-sessions/{session_id}"

    care.book(partner_ids=[str(ana)])
    assert unmet(care.therapist.get(path).json) == {"integration_within_72h"}
    assert care.state_of(session_id) == "planned"

    of_bo = care.book(partner_ids=[str(bo)], starts_at=(care.starts_at + timedelta(days=2)).isoformat())
    assert care.state_of(session_id) == "confirmed"

    care.desk.post(f"/bookings/{of_bo}/cancel")
    assert care.state_of(session_id) == "held"


def test_somebody_who_only_attends_needs_no_integration_session(world: World) -> None:
    care = couple_in_care(world)
    ana, bo = care.partner_ids
    session_id = care.plan(taking_ids=[str(ana)], attending_ids=[str(bo)])
    care.book(partner_ids=[str(ana)])
    gate = care.therapist.get(f"/medicine-sessions/{session_id}").json
    assert "integration_within_72h" not in unmet(gate)


def test_the_previous_integration_is_done_when_everybody_who_takes_again_had_one(world: World) -> None:
    care = couple_in_care(world)
    ana, bo = care.partner_ids
    first, of_both = care.confirmed()
    in_two_days = (care.starts_at + timedelta(days=2)).isoformat()
    of_ana = care.book(partner_ids=[str(ana)], starts_at=in_two_days)
    care.move_to(care.starts_at - timedelta(minutes=10))
    care.reaffirm(care.ana, first)
    care.reaffirm(care.bo, first)
    assert care.start(first, confirms_facts=True).status_code == 201
    care.move_to(care.starts_at + timedelta(hours=3))
    care.therapist.post(f"/medicine-sessions/{first}/end")
    assert care.desk.post(f"/bookings/{of_both}/cancel").status_code == 201
    care.move_to(care.starts_at + timedelta(days=2, hours=1))
    assert care.therapist.post(f"/bookings/{of_ana}/complete").status_code == 201

    def is_done(starts_in: timedelta, *taking: UUID) -> bool:
        people = [str(one) for one in taking]
        session_id = care.plan(starts_at=(care.starts_at + starts_in).isoformat(), taking_ids=people)
        gate = care.therapist.get(f"/medicine-sessions/{session_id}").json
        care.therapist.post(f"/medicine-sessions/{session_id}/cancel")
        return "previous_integration_done" not in unmet(gate)

    assert is_done(timedelta(days=8), ana)
    assert not is_done(timedelta(days=9), bo)
    assert not is_done(timedelta(days=10), ana, bo)


def test_an_integration_is_owed_only_by_who_took_part_in_a_session(world: World) -> None:
    care = couple_in_care(world)
    ana, bo = care.partner_ids
    care.plan(taking_ids=[str(ana)])
    later = (care.starts_at + timedelta(days=8)).isoformat()
    session_id = care.plan(taking_ids=[str(bo)], starts_at=later)
    gate = care.therapist.get(f"/medicine-sessions/{session_id}").json
    assert "previous_integration_done" not in unmet(gate)


def test_an_earlier_session_that_is_planned_holds_a_later_one_that_it_comes_too_close_to(
    world: World,
) -> None:
    care = couple_in_care(world)
    later, _ = care.confirmed()
    earlier = care.plan(starts_at=(care.starts_at - timedelta(days=2)).isoformat())
    assert care.state_of(later) == "held"
    care.therapist.post(f"/medicine-sessions/{earlier}/cancel")
    world.pump()
    assert care.state_of(later) == "confirmed"


def test_facts_of_somebody_unknown_are_kept_and_harm_nothing(world: World) -> None:
    practice, couple, person = world.practice(), uuid4(), uuid4()
    world.tell(
        practice,
        PreparationCompleted(couple_id=couple, person_id=person, at=world.now(practice)),
        CheckInAnswered(check_in_id=uuid4(), couple_id=couple, person_id=person, day=1, is_clear=False),
    )
    assert world.rows("sessions", practice, "SELECT is_clear FROM check_in")[0][0] is False
    assert len(world.rows("sessions", practice, "SELECT 1 FROM preparation_done")) == 1
    assert (
        world.rows("sessions", practice, "SELECT 1 FROM dead_letter WHERE practice_id = %s", practice) == []
    )
