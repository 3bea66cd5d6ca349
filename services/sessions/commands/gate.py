"""Moves a medicine session between planned, confirmed, held and cancelled, as its gate says.

Every command that changes a fact of the gate calls this in its own transaction. Whatever the reason of a hold,
what leaves here is the same: one event without a reason, one public change, the linked integration called off.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sessions.commands.announcements import announce
from services.sessions.commands.bookings_events import booked_event
from services.sessions.commands.resources import release
from services.sessions.domain.day import frees_at
from services.sessions.domain.gate import is_open
from services.sessions.domain.public_state import PublicState, release_moment
from services.sessions.domain.states import BEFORE_START, BookingState, MedicineState
from services.sessions.models import Booking, Couple, MedicineSession
from services.sessions.queries.gate import gate_facts
from services.sessions.queries.medicine_sessions import locked_open_sessions
from services.sessions.queries.sight import as_gate
from shared.audit.by_workers import changed
from shared.db.practice import practice_now
from shared.events.base import Zone
from shared.events.sessions import (
    MedicineSessionCancelled,
    MedicineSessionConfirmed,
    MedicineSessionHeld,
    SessionCancelled,
)
from shared.path import outbox, timers

FREE_SLOT, START_REACHED, END_REACHED, OVERDUE_END, SETTLE_COUPLE = (
    "free_slot",
    "start_reached",
    "end_reached",
    "overdue_end",
    "settle_couple",
)


def settle_couple(db: Session, couple_id: UUID) -> None:
    """Evaluate the gates of all the couple's sessions that have not begun.

    The couple's row is locked first: a session that is being planned meanwhile is waited for and seen.
    """
    db.execute(select(Couple.couple_id).where(Couple.couple_id == couple_id).with_for_update())
    sessions = locked_open_sessions(db, couple_id)
    for session in sessions:
        settle(db, session, now=practice_now(db))


def settle(db: Session, session: MedicineSession, *, now: datetime) -> None:
    """Confirm or hold the session, whose row is locked, if its gate says so."""
    if session.state not in BEFORE_START:
        return
    with as_gate(db):
        gate_is_open = is_open(gate_facts(db, session))
        if gate_is_open and session.state != MedicineState.CONFIRMED and now < session.starts_at:
            _confirm(db, session, now=now)
        elif not gate_is_open and session.state == MedicineState.CONFIRMED:
            _hold(db, session, now=now)


def give_up(db: Session, session: MedicineSession, *, now: datetime) -> None:
    """Cancel a session that has not begun, whose row is locked, and free its time and its integration's."""
    with as_gate(db):
        _give_up(db, session, now=now)


def _give_up(db: Session, session: MedicineSession, *, now: datetime) -> None:
    if session.state == MedicineState.CONFIRMED:
        _tell_not_going_ahead(db, session, now=now)
    elif session.state == MedicineState.PLANNED:
        _call_off(db, session, now=now)
    else:
        _call_off_linked(db, session, released_at=release_moment(now, starts_at=session.starts_at))
    session.state, session.frees_at = MedicineState.CANCELLED, None
    changed(db, "medicine_session", record_id=session.id, about_id=session.couple_id)
    release(db, session.id)
    for booking in _linked(db, session):
        booking.state = BookingState.CANCELLED
        release(db, booking.id)
    for kind in (FREE_SLOT, START_REACHED, END_REACHED):
        timers.cancel(db, kind, session.id)
    outbox.record(db, MedicineSessionCancelled(session_id=session.id, couple_id=session.couple_id))
    # Others may have waited for the spacing: evaluated in a transaction of their own, so that locks keep order.
    timers.schedule(db, SETTLE_COUPLE, session.couple_id, now)


def _confirm(db: Session, session: MedicineSession, *, now: datetime) -> None:
    released_at = release_moment(now, starts_at=session.starts_at)
    session.state, session.frees_at = MedicineState.CONFIRMED, None
    changed(db, "medicine_session", record_id=session.id, about_id=session.couple_id)
    timers.cancel(db, FREE_SLOT, session.id)
    announce(db, session.id, PublicState.CONFIRMED, released_at=released_at)
    for booking in _linked(db, session):
        if booking.is_called_off:
            booking.is_called_off = False
            announce(db, booking.id, PublicState.CONFIRMED, released_at=released_at)
            outbox.record(db, booked_event(booking))
    outbox.record(
        db,
        MedicineSessionConfirmed(
            session_id=session.id,
            couple_id=session.couple_id,
            partner_ids=tuple(session.people),
            practitioner_ids=tuple(session.practitioner_ids),
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            zone=Zone(session.zone),
            released_at=released_at,
        ),
    )


def _hold(db: Session, session: MedicineSession, *, now: datetime) -> None:
    """Keep the slot for a while; at or after the planned start there is nothing left to keep."""
    freed_at = frees_at(now, starts_at=session.starts_at)
    if freed_at <= now:
        _give_up(db, session, now=now)
        return
    _tell_not_going_ahead(db, session, now=now)
    session.state, session.frees_at = MedicineState.HELD, freed_at
    changed(db, "medicine_session", record_id=session.id, about_id=session.couple_id)
    timers.schedule(db, FREE_SLOT, session.id, freed_at)


def _tell_not_going_ahead(db: Session, session: MedicineSession, *, now: datetime) -> None:
    released_at = _call_off(db, session, now=now)
    outbox.record(
        db,
        MedicineSessionHeld(
            session_id=session.id,
            couple_id=session.couple_id,
            partner_ids=tuple(session.people),
            released_at=released_at,
        ),
    )


def _call_off(db: Session, session: MedicineSession, *, now: datetime) -> datetime:
    """The public state of the session and of its integration, at one and the same moment, which is returned."""
    released_at = release_moment(now, starts_at=session.starts_at)
    announce(db, session.id, PublicState.NOT_GOING_AHEAD, released_at=released_at)
    _call_off_linked(db, session, released_at=released_at)
    return released_at


def _call_off_linked(db: Session, session: MedicineSession, *, released_at: datetime) -> None:
    # Of a session that was never confirmed partners get no notice: then each booking tells of its own end.
    follows = None if session.state == MedicineState.PLANNED else session.id
    for booking in _linked(db, session):
        if not booking.is_called_off:
            booking.is_called_off = True
            announce(db, booking.id, PublicState.NOT_GOING_AHEAD, released_at=released_at)
            outbox.record(db, SessionCancelled(session_id=booking.id, follows_session_id=follows))


def _linked(db: Session, session: MedicineSession) -> list[Booking]:
    """Bookings that stand and belong to this session, locked."""
    statement = (
        select(Booking)
        .where(Booking.medicine_session_id == session.id, Booking.state == BookingState.BOOKED)
        .order_by(Booking.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(db.scalars(statement))
