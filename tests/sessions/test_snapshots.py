"""Where appointments stand, as sessions states it: in one event each, and never a step on the way."""

from collections import Counter
from datetime import timedelta

from shared.events.sessions import (
    MedicineSessionCancelled,
    MedicineSessionConfirmed,
    MedicineSessionHeld,
    MedicineSessionStanding,
    MedicineSessionStated,
    SessionCompleted,
    SessionStanding,
    SessionStated,
)
from tests.sessions.couple_in_care import CoupleInCare, couple_in_care, told
from tests.world.stating import stated
from tests.world.world import World


def standing(care: CoupleInCare) -> MedicineSessionStated:
    (fact,) = stated(care.world, "sessions", care.practice, MedicineSessionStated)
    return fact  # type: ignore[no-any-return]


def bookings(care: CoupleInCare) -> Counter[SessionStanding]:
    return Counter(one.state for one in stated(care.world, "sessions", care.practice, SessionStated))


def test_of_a_session_that_was_never_confirmed_nothing_is_stated(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.plan()
    assert stated(world, "sessions", care.practice, MedicineSessionStated) == []
    care.therapist.post(f"/medicine-sessions/{session_id}/cancel")
    assert stated(world, "sessions", care.practice, MedicineSessionStated) == []


def test_a_confirmed_session_is_stated_with_the_moment_of_its_release(world: World) -> None:
    care = couple_in_care(world)
    care.confirmed()
    (fact,) = told(world, care.practice, MedicineSessionConfirmed)
    assert standing(care) == MedicineSessionStated(
        session_id=fact.session_id,
        couple_id=fact.couple_id,
        state=MedicineSessionStanding.CONFIRMED,
        partner_ids=fact.partner_ids,
        practitioner_ids=fact.practitioner_ids,
        starts_at=fact.starts_at,
        ends_at=fact.ends_at,
        zone=fact.zone,
        released_at=fact.released_at,
    )
    assert bookings(care) == {SessionStanding.BOOKED: 1}


def test_what_is_held_or_given_up_is_off_with_its_integration(world: World) -> None:
    care = couple_in_care(world)
    session_id, _ = care.confirmed()
    care.withdraw(care.bo, session_id)
    (held,) = told(world, care.practice, MedicineSessionHeld)
    assert (standing(care).state, standing(care).released_at) == ("held", held.released_at)
    assert bookings(care) == {SessionStanding.CANCELLED: 1}, "called off: for others that is cancelled"
    care.therapist.post(f"/medicine-sessions/{session_id}/cancel")
    assert told(world, care.practice, MedicineSessionCancelled)
    assert (standing(care).state, standing(care).released_at) == ("cancelled", held.released_at)
    assert bookings(care) == {SessionStanding.CANCELLED: 1}


def test_a_session_on_its_day_keeps_the_moment_at_which_its_confirmation_was_released(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.on_the_day()
    (confirmed,) = told(world, care.practice, MedicineSessionConfirmed)
    care.start(session_id)
    assert (standing(care).state, standing(care).released_at) == ("in_progress", confirmed.released_at)
    care.therapist.post(f"/medicine-sessions/{session_id}/end")
    assert (standing(care).state, standing(care).released_at) == ("ended", confirmed.released_at)


def test_an_appointment_that_took_place_is_stated_as_it_was_told(world: World) -> None:
    care = couple_in_care(world)
    booked = care.book(kind="preparation")
    assert stated(world, "sessions", care.practice, SessionCompleted) == []
    care.move_to(care.starts_at + timedelta(days=1, hours=1))
    answer = care.therapist.post(f"/bookings/{booked}/complete")
    assert answer.status_code == 201, answer.text
    assert stated(world, "sessions", care.practice, SessionCompleted) == told(
        world, care.practice, SessionCompleted
    )
    assert bookings(care) == {SessionStanding.COMPLETED: 1}
