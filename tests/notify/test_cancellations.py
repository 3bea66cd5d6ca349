"""A cancelled appointment is told once, to those who had been told that it takes place, and to nobody else."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from shared.events.intake import EnquiryReceived
from shared.events.sessions import SessionBooked, SessionCancelled, SessionKind
from tests.notify.office import Office

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BOOKED, CANCELLED = "An appointment has been booked for you.", "An appointment has been cancelled."
WITHIN_A_DAY = "You have an appointment within a day."


def texts(office: Office, person: UUID, role: str = "partner") -> list[str]:
    return [one["text"] for one in office.inbox(person, role)]


def off(booked: SessionBooked, *, with_medicine: bool = False) -> SessionCancelled:
    return SessionCancelled(
        session_id=booked.session_id, follows_session_id=uuid4() if with_medicine else None
    )


def consultation(office: Office) -> tuple[SessionBooked, EnquiryReceived]:
    enquiry, contact = uuid4(), office.contact("dee@example.org")
    booked = office.booking(
        office.now + 3 * DAY,
        kind=SessionKind.CONSULTATION,
        couple_id=None,
        partner_ids=(),
        enquiry_id=enquiry,
    )
    return booked, EnquiryReceived(enquiry_id=enquiry, contact_id=contact)


def to_dee(office: Office) -> int:
    office.send()
    return len(office.server.to("dee@example.org"))


def test_a_cancellation_is_told_once_to_the_partner_who_was_told_of_the_booking(office: Office) -> None:
    booked = office.booking(office.now + 3 * DAY)
    office.tell(booked)
    assert len(office.mails(office.ana)) == 1
    office.tell(off(booked))
    office.tell(off(booked))
    assert texts(office, office.ana) == [CANCELLED, BOOKED]
    assert len(office.mails(office.ana)) == 2
    assert office.inbox(office.ana)[0]["occasion_at"] is not None
    # Neither the practitioner, who had not been told yet, nor the partner who doesn't take part.
    assert office.inbox(office.team[0], "practitioner") == office.inbox(office.bo) == []


def test_after_a_reminder_the_practitioner_is_told_too(office: Office) -> None:
    booked = office.booking(office.now + 30 * HOUR)
    office.tell(booked)
    office.wait(7 * HOUR)
    office.tell(off(booked))
    assert texts(office, office.team[0], "practitioner") == [CANCELLED, WITHIN_A_DAY]
    assert texts(office, office.ana) == [CANCELLED, WITHIN_A_DAY, BOOKED]
    assert texts(office, office.team[1], "practitioner") == []


@pytest.mark.C2
def test_what_is_off_with_its_medicine_session_is_told_to_practitioners_only(office: Office) -> None:
    booked = office.booking(office.now + 30 * HOUR)
    office.tell(booked)
    office.wait(7 * HOUR)
    office.tell(off(booked, with_medicine=True))
    assert CANCELLED not in texts(office, office.ana)
    assert texts(office, office.team[0], "practitioner") == [CANCELLED, WITHIN_A_DAY]


def test_an_enquirer_is_mailed_that_it_is_off(office: Office) -> None:
    booked, enquiry = consultation(office)
    office.tell(enquiry, booked)
    assert to_dee(office) == 1
    office.tell(off(booked))
    assert to_dee(office) == 2


def test_an_enquirer_whom_no_mail_has_reached_is_not_told(office: Office) -> None:
    booked, enquiry = consultation(office)
    office.tell(enquiry, booked)
    office.tell(off(booked))
    assert to_dee(office) == 0
    assert office.states() == ["dropped"]


def test_what_was_never_told_is_not_cancelled_aloud(office: Office) -> None:
    booked = office.booking(office.now + 3 * DAY)
    office.tell(SessionCancelled(session_id=uuid4()))
    office.tell(booked, off(booked))
    before = texts(office, office.ana)
    assert before in ([], [CANCELLED, BOOKED])


def test_what_should_have_begun_already_is_not_cancelled_aloud(office: Office) -> None:
    booked = office.booking(office.now + HOUR)
    office.tell(booked)
    office.wait(2 * HOUR)
    office.tell(off(booked))
    assert texts(office, office.ana) == [BOOKED]


@pytest.mark.D2
def test_a_session_booked_again_is_told_anew_to_those_told_of_the_cancellation(office: Office) -> None:
    booked = office.booking(office.now + 30 * HOUR)
    office.tell(booked)
    office.wait(7 * HOUR)
    office.tell(off(booked))
    office.tell(booked)
    assert texts(office, office.ana) == [BOOKED, CANCELLED, WITHIN_A_DAY, BOOKED]
    assert texts(office, office.team[0], "practitioner") == [BOOKED, CANCELLED, WITHIN_A_DAY]
    office.tell(booked)
    assert texts(office, office.ana).count(BOOKED) == 2
    office.tell(off(booked))
    assert texts(office, office.ana).count(CANCELLED) == 2
    office.tell(booked)
    assert texts(office, office.ana).count(BOOKED) == 3


@pytest.mark.D2
def test_a_session_booked_again_is_news_only_to_those_who_heard_that_it_was_off(office: Office) -> None:
    booked = office.booking(office.now + 30 * HOUR)
    office.tell(booked)
    office.wait(7 * HOUR)
    office.tell(off(booked, with_medicine=True))
    office.tell(booked)
    assert texts(office, office.ana) == [WITHIN_A_DAY, BOOKED]
    assert texts(office, office.team[0], "practitioner") == [BOOKED, CANCELLED, WITHIN_A_DAY]


@pytest.mark.D2
def test_a_cancellation_still_in_the_mail_is_dropped_when_it_is_on_again(office: Office) -> None:
    booked, enquiry = consultation(office)
    office.tell(enquiry, booked)
    assert to_dee(office) == 1
    office.tell(off(booked))
    office.tell(booked)
    assert to_dee(office) == 1  # what they know is true again
    office.tell(off(booked))
    assert to_dee(office) == 2
    office.tell(booked)
    assert to_dee(office) == 3


@pytest.mark.D2
def test_what_is_off_moved_and_off_again_before_any_mail_went_out_is_one_mail(office: Office) -> None:
    booked, enquiry = consultation(office)
    office.tell(enquiry, booked)
    assert to_dee(office) == 1
    office.tell(off(booked))
    office.tell(replace(booked, starts_at=booked.starts_at + DAY))
    office.tell(off(booked))
    assert to_dee(office) == 2
