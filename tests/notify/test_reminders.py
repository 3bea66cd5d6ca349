"""Reminders: once for each person, occasion and occurrence, and never for a session that is off, moved or held."""

from datetime import timedelta
from uuid import uuid4

import pytest

from shared.events.sessions import MedicineSessionCancelled, MedicineSessionStarted, SessionCancelled
from tests.notify.office import Office

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CANCELLED, BOOKED = "An appointment has been cancelled.", "An appointment has been booked for you."
SOON, WITHIN_A_DAY = "You have an appointment soon.", "You have an appointment within a day."


def texts(office: Office, person: object) -> list[str]:
    return [one["text"] for one in office.inbox(person)]  # type: ignore[arg-type]


@pytest.mark.D2
def test_a_booking_and_its_reminders_reach_partner_and_practitioner(office: Office) -> None:
    starts_at = office.now + 3 * DAY
    office.tell(office.booking(starts_at))
    assert len(office.mails(office.ana)) == 1
    assert office.mails(office.team[0]) == []

    office.wait_until(starts_at - DAY)
    assert len(office.mails(office.ana)) == 2
    office.wait_until(starts_at - 2 * HOUR)
    assert len(office.mails(office.ana)) == 3
    office.wait(DAY)

    assert len(office.mails(office.ana)) == 3
    assert len(office.mails(office.team[0])) == 2
    assert texts(office, office.ana) == [SOON, WITHIN_A_DAY, "An appointment has been booked for you."]
    assert office.inbox(office.bo) == []


@pytest.mark.D2
def test_a_session_cancelled_meanwhile_is_not_reminded_of(office: Office) -> None:
    booked = office.booking(office.now + 3 * DAY)
    office.tell(booked)
    office.tell(SessionCancelled(session_id=booked.session_id))
    office.wait(3 * DAY - HOUR)
    assert texts(office, office.ana) == [CANCELLED, BOOKED]
    assert len(office.mails(office.ana)) == 1  # the booking's mail, still unsent, is true no longer
    assert office.states() == ["dropped", "sent"]


@pytest.mark.D2
def test_a_session_that_is_booked_again_after_being_off_is_reminded_of(office: Office) -> None:
    """An integration session goes off with the hold of its medicine session and comes back with it."""
    booked = office.booking(office.now + 3 * DAY)
    office.tell(booked)
    office.mails(office.ana)
    office.tell(SessionCancelled(session_id=booked.session_id, follows_session_id=uuid4()))
    office.tell(booked)
    office.wait(2 * DAY + HOUR)
    assert texts(office, office.ana) == [WITHIN_A_DAY, "An appointment has been booked for you."]
    office.wait(DAY - 2 * HOUR)
    assert texts(office, office.ana).count(SOON) == 1


@pytest.mark.D2
def test_a_moved_session_is_reminded_of_at_its_new_time_only(office: Office) -> None:
    booked = office.booking(office.now + 3 * DAY)
    office.tell(booked)
    office.tell(office.booking(office.now + 5 * DAY, booked.session_id))
    office.wait(3 * DAY - HOUR)
    assert SOON not in texts(office, office.ana)
    assert WITHIN_A_DAY not in texts(office, office.ana)
    office.wait(2 * DAY - 12 * HOUR)
    assert texts(office, office.ana).count(WITHIN_A_DAY) == 1


@pytest.mark.D2
@pytest.mark.parametrize("fate", ["held", "cancelled", "started"])
def test_a_medicine_session_is_reminded_of_only_while_confirmed(office: Office, fate: str) -> None:
    session, starts_at = uuid4(), office.now + 3 * DAY
    office.tell(office.confirmation(session, starts_at, office.now))
    office.wait(HOUR)
    office.tell(
        {
            "held": office.hold(session, office.now + HOUR),
            "cancelled": MedicineSessionCancelled(session_id=session, couple_id=office.couple),
            "started": MedicineSessionStarted(session_id=session, couple_id=office.couple, at=office.now),
        }[fate]
    )
    office.wait_until(starts_at - HOUR)
    for person in (office.ana, office.bo, office.team[0]):
        assert {SOON, WITHIN_A_DAY}.isdisjoint(texts(office, person))


@pytest.mark.D2
def test_a_session_confirmed_again_is_reminded_of_once(office: Office) -> None:
    session, starts_at = uuid4(), office.now + 3 * DAY
    office.tell(office.confirmation(session, starts_at, office.now))
    office.tell(office.hold(session, office.now))
    office.tell(office.confirmation(session, starts_at, office.now))
    office.wait_until(starts_at - DAY)
    office.tell(office.hold(session, office.now))
    office.tell(office.confirmation(session, starts_at, office.now))
    assert texts(office, office.ana).count(WITHIN_A_DAY) == 1
    assert texts(office, office.bo).count(WITHIN_A_DAY) == 1


@pytest.mark.D2
def test_a_mail_waiting_for_the_server_is_decided_again_when_it_goes(office: Office) -> None:
    booked = office.booking(office.now + 30 * HOUR)
    office.tell(booked)
    office.mails(office.ana)
    office.wait(7 * HOUR)
    assert WITHIN_A_DAY in texts(office, office.ana)
    office.tell(SessionCancelled(session_id=booked.session_id, follows_session_id=uuid4()))
    assert len(office.mails(office.ana)) == 1
    assert len(office.mails(office.team[0])) == 1  # that it is off


@pytest.mark.D2
def test_nothing_is_told_on_facts_older_than_half_a_minute(office: Office) -> None:
    booked = office.booking(office.now + 3 * DAY)
    office.tell(booked)
    office.send()
    before = office.world.clock.ahead
    office.world.clock.ahead += timedelta(seconds=31)
    try:
        office.wait(2 * DAY + HOUR, is_fresh=False)  # no tick has come since
        assert WITHIN_A_DAY not in texts(office, office.ana)
        office.wait(timedelta(seconds=3))  # asked again after two seconds
        assert WITHIN_A_DAY in texts(office, office.ana)
        office.world.clock.ahead += timedelta(seconds=31)
        assert len(office.mails(office.ana)) == 1  # the mail waits for fresh facts too
        office.wait(timedelta(seconds=3))
        assert len(office.mails(office.ana)) == 2
    finally:
        office.world.clock.ahead = before


@pytest.mark.D2
def test_nothing_is_told_on_the_word_of_a_clock_that_is_an_hour_ahead(office: Office) -> None:
    booked = office.booking(office.now + 3 * DAY)
    before = office.world.clock.ahead
    office.world.clock.ahead += timedelta(hours=1)
    try:
        office.tell(booked)  # the owner's tick says that all is known for an hour to come
    finally:
        office.world.clock.ahead = before
    office.wait(2 * DAY + HOUR, is_fresh=False)  # it may be off by now: no tick of a right clock has come
    assert WITHIN_A_DAY not in texts(office, office.ana)
    office.tell()
    office.wait(timedelta(seconds=3))
    assert WITHIN_A_DAY in texts(office, office.ana)


@pytest.mark.D2
def test_the_owners_facts_told_twice_send_nothing_twice(office: Office) -> None:
    booked = office.booking(office.now + 3 * DAY)
    office.tell(booked)
    office.tell(booked)
    office.wait(2 * DAY + HOUR)
    office.tell(booked)
    assert len(office.mails(office.ana)) == 2
    assert len(office.inbox(office.ana)) == 2


@pytest.mark.D2
def test_a_clock_that_jumps_over_a_reminder_tells_only_the_nearer_one(office: Office) -> None:
    starts_at = office.now + 3 * DAY
    office.tell(office.booking(starts_at))
    office.wait_until(starts_at - HOUR)
    assert texts(office, office.ana)[:1] == [SOON]
    assert WITHIN_A_DAY not in texts(office, office.ana)
