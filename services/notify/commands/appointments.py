"""What is told of appointments: bookings, reminders, and the public changes of a medicine session."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from services.notify.commands.notices import ASK_AGAIN, announce, note, tell
from services.notify.domain import occasions
from services.notify.domain.occasions import REMINDERS, Occasion
from services.notify.models import Appointment
from services.notify.queries import truth
from services.notify.queries.recipients import recipients
from shared.clock import next_quarter_hour
from shared.path.timers import schedule

_AT_ONCE_WITHIN = timedelta(hours=24)


def announce_booking(db: Session, session_id: UUID, *, now: datetime) -> None:
    """Tell of a new or moved appointment, or of one that is on again, and have reminders ready for its start."""
    found = truth.appointment(db, session_id, lock=True)
    if found is None or found.starts_at is None:
        return
    found.told_state = occasions.BOOKED
    db.flush()
    occasion = Occasion.CONSULTATION_BOOKED if found.kind == "consultation" else Occasion.SESSION_BOOKED
    announce(
        db,
        occasion,
        # Once cancelled, it is another booking, even at the same time.
        f"{_occurrence(found)}/{found.told_count}" if found.told_count else _occurrence(found),
        about_id=session_id,
        now=now,
        couple_id=found.couple_id,
        occasion_at=found.starts_at,
    )
    plan_reminders(db, found, now=now)


def announce_cancellation(db: Session, session_id: UUID, *, is_with_medicine: bool, now: datetime) -> None:
    """Tell that an appointment is off. Of one that is off with its medicine session, partners learn from that."""
    found = truth.appointment(db, session_id, lock=True)
    if found is None or found.told_state == occasions.CANCELLED:
        return
    found.told_state, found.told_count = occasions.CANCELLED, found.told_count + 1
    db.flush()
    announce(
        db,
        Occasion.SESSION_CANCELLED,
        truth.told_as(found),
        about_id=session_id,
        now=now,
        couple_id=found.couple_id,
        audience="practitioner" if is_with_medicine else None,
        occasion_at=found.starts_at,
    )


def plan_reminders(db: Session, found: Appointment, *, now: datetime) -> None:
    """Reminders before the start, as far as their time is still ahead (and after partners may know of it)."""
    if found.starts_at is None:
        return
    earliest = max(now, found.released_at or now)
    for occasion, gap in REMINDERS.items():
        due_at = found.starts_at - gap
        if due_at > earliest:
            announce(
                db,
                occasion,
                _occurrence(found),
                about_id=found.session_id,
                now=now,
                due_at=due_at,
                couple_id=found.couple_id,
                occasion_at=found.starts_at,
            )


def release(db: Session, session_id: UUID, *, now: datetime) -> None:
    """A medicine session's public state changed: tell it when its owner releases it."""
    found = truth.appointment(db, session_id)
    if found is None or found.released_at is None:
        return
    schedule(db, "release", session_id, max(now, found.released_at))
    if found.state == occasions.CONFIRMED:
        plan_reminders(db, found, now=now)


def give_up(db: Session, session_id: UUID, *, now: datetime) -> None:
    """A medicine session was cancelled. To partners that is the same as a hold, told like one."""
    found = truth.appointment(db, session_id, lock=True)
    if found is None:
        return  # it was never confirmed, so nobody was told of it
    was_confirmed, found.state = found.state == occasions.CONFIRMED, occasions.CANCELLED
    if was_confirmed:
        is_near = found.starts_at is not None and found.starts_at - now <= _AT_ONCE_WITHIN
        found.released_at = now if is_near else next_quarter_hour(now)
    db.flush()
    if was_confirmed:
        release(db, session_id, now=now)


def tell_public_state(db: Session, session_id: UUID, *, now: datetime) -> None:
    """The moment of release has come: both partners are told the state as it truly is, if that is news.

    Of several changes before the release only the last counts; one not released yet is told at its own time.
    """
    found = truth.appointment(db, session_id, lock=True)
    if found is None or found.released_at is None:
        return
    if now < found.released_at:
        schedule(db, "release", session_id, found.released_at)
        return
    if not truth.is_fresh(db, "sessions", session_id):
        schedule(db, "release", session_id, now + ASK_AGAIN)
        return
    state = occasions.public_state(found.state)
    if state is None or state == found.told_state:
        return
    found.told_state, found.told_count = state, found.told_count + 1
    db.flush()
    is_on = state == occasions.CONFIRMED
    notice = note(
        db,
        Occasion.MEDICINE_CONFIRMED if is_on else Occasion.MEDICINE_NOT_GOING_AHEAD,
        truth.told_as(found),
        about_id=session_id,
        now=now,
        couple_id=found.couple_id,
        occasion_at=found.starts_at if is_on else None,
    )
    tell(db, notice, recipients(db, notice) or [], now=now)


def _occurrence(found: Appointment) -> str:
    """An appointment at one time: moved, it is told of and reminded of anew."""
    return f"{found.session_id}/{found.starts_at.isoformat() if found.starts_at else ''}"
