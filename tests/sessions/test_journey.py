"""The whole way of a medicine session: planned, gated, confirmed, started, ended; and withdrawn, held, freed."""

from datetime import timedelta
from uuid import UUID

import pytest

from shared.events.sessions import MedicineSessionOverdue
from tests.sessions.couple_in_care import couple_in_care, events_of, told
from tests.world.world import World


def test_a_medicine_session_goes_all_the_way(world: World) -> None:
    care = couple_in_care(world)
    care.make_ready()
    session_id = care.plan()
    assert care.state_of(session_id) == "planned"
    integration_id = care.book(medicine_session_id=session_id)
    care.arrange_transport(session_id)
    care.consent(care.ana, session_id)
    assert care.state_of(session_id) == "planned"
    care.consent(care.bo, session_id)

    session = care.therapist.get(f"/medicine-sessions/{session_id}").json
    assert session["state"] == "confirmed"
    assert all(one["is_met"] for one in session["gate"])
    assert events_of(world, care.practice, session_id) == ["medicine_session_confirmed"]

    care.move_to(care.starts_at - timedelta(minutes=10))
    assert care.start(session_id).json["code"] == "consent_not_reaffirmed"
    assert care.reaffirm(care.ana, session_id).json["state"] == "reaffirmed"
    assert care.reaffirm(care.bo, session_id).json["state"] == "reaffirmed"
    world.pump(ticks=True)
    started = care.start(session_id)
    assert started.status_code == 201, started.text
    assert started.json["state"] == "in_progress"
    assert care.shown(care.ana, session_id)["state"] == "in_progress"

    care.move_to(care.starts_at + timedelta(hours=3))
    assert care.therapist.post(f"/medicine-sessions/{session_id}/end").json["state"] == "ended"
    assert care.shown(care.bo, session_id)["state"] == "completed"
    assert "medicine_session_ended" in events_of(world, care.practice, session_id)

    care.move_to(care.starts_at + timedelta(days=1, hours=1))
    done = care.therapist.post(f"/bookings/{integration_id}/complete")
    assert (done.status_code, done.json["state"]) == (201, "completed")
    assert events_of(world, care.practice, integration_id)[-1] == "session_completed"


@pytest.mark.C2
def test_a_withdrawal_holds_the_session_and_then_frees_everything(world: World) -> None:
    care = couple_in_care(world)
    session_id, integration_id = care.confirmed()

    answer = care.withdraw(care.ana, session_id)

    assert (answer.status_code, answer.json["state"]) == (201, "withdrawn")
    assert care.state_of(session_id) == "held"
    assert _occupied(world, care.practice, session_id) == 4
    assert events_of(world, care.practice, session_id)[-3:] == [
        "consent_withdrawn", "session_cancelled", "medicine_session_held",
    ]  # fmt: skip

    world.move_clock(care.practice, timedelta(hours=24))

    assert care.state_of(session_id) == "cancelled"
    assert care.desk.get(f"/bookings/{integration_id}").json["state"] == "cancelled"
    assert _occupied(world, care.practice, session_id) == 0
    assert _occupied(world, care.practice, integration_id) == 0
    care.plan()  # the very same time is free again


def test_a_session_withdrawn_an_hour_before_is_freed_at_its_start_at_the_latest(world: World) -> None:
    care = couple_in_care(world)
    session_id, _ = care.confirmed()
    care.move_to(care.starts_at - timedelta(hours=1))

    care.withdraw(care.bo, session_id)

    assert care.shown(care.ana, session_id)["state"] == "not_going_ahead"
    assert care.state_of(session_id) == "held"
    care.move_to(care.starts_at)
    assert care.state_of(session_id) == "cancelled"


def test_consent_given_again_in_time_confirms_the_session_again(world: World) -> None:
    care = couple_in_care(world)
    session_id, integration_id = care.confirmed()
    care.withdraw(care.ana, session_id)
    world.move_clock(care.practice, timedelta(hours=1))
    assert care.shown(care.bo, integration_id)["state"] == "not_going_ahead"

    care.consent(care.ana, session_id)
    world.move_clock(care.practice, timedelta(hours=1))

    assert care.state_of(session_id) == "confirmed"
    assert care.shown(care.bo, session_id)["state"] == "confirmed"
    assert care.shown(care.bo, integration_id)["state"] == "confirmed"
    world.move_clock(care.practice, timedelta(hours=30))
    assert care.state_of(session_id) == "confirmed"


def test_a_session_never_confirmed_is_given_up_when_its_start_is_reached(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.plan()
    care.move_to(care.starts_at)
    assert care.state_of(session_id) == "cancelled"
    assert _occupied(world, care.practice, session_id) == 0


def test_a_confirmed_session_that_nobody_starts_is_given_up_at_its_end(world: World) -> None:
    care = couple_in_care(world)
    session_id, _ = care.confirmed()
    care.move_to(care.starts_at + timedelta(hours=3))
    assert care.state_of(session_id) == "cancelled"
    assert care.shown(care.ana, session_id)["state"] == "not_going_ahead"


def test_a_started_session_that_nobody_ends_is_reported_until_somebody_does(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.on_the_day()
    assert care.start(session_id).status_code == 201
    end = care.starts_at + timedelta(hours=3)

    def reports() -> list[MedicineSessionOverdue]:
        return told(world, care.practice, MedicineSessionOverdue)

    care.move_to(end + timedelta(hours=1, minutes=59))
    assert reports() == []
    care.move_to(end + timedelta(hours=2))
    (first,) = reports()
    assert (first.session_id, first.couple_id) == (UUID(session_id), care.couple_id)
    assert first.practitioner_ids == (care.practitioner_id,)
    assert timedelta(0) <= first.at - (end + timedelta(hours=2)) < timedelta(minutes=1)
    assert care.state_of(session_id) == "in_progress", "nobody but a clinician ends it"
    assert care.shown(care.ana, session_id)["state"] == "in_progress"

    care.move_to(first.at + timedelta(hours=11, minutes=59))
    assert len(reports()) == 1
    care.move_to(first.at + timedelta(hours=12))
    assert len(reports()) == 2
    care.move_to(first.at + timedelta(hours=90))
    assert len(reports()) == 3, "one report however long the clock leapt"

    assert care.therapist.post(f"/medicine-sessions/{session_id}/end").status_code == 201
    world.move_clock(care.practice, timedelta(days=3))
    assert len(reports()) == 3


def test_a_session_that_is_ended_is_never_reported(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.on_the_day()
    assert care.start(session_id).status_code == 201
    care.move_to(care.starts_at + timedelta(hours=3))
    assert care.therapist.post(f"/medicine-sessions/{session_id}/end").status_code == 201
    world.move_clock(care.practice, timedelta(days=1))
    assert told(world, care.practice, MedicineSessionOverdue) == []


def _occupied(world: World, practice: UUID, session_id: str) -> int:
    return len(world.rows("sessions", practice, "SELECT 1 FROM occupancy WHERE session_id = %s", session_id))
