"""A partner's own sessions as partners see them, all through `public_state` (rules C2 and P1)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from icalendar import Calendar, Event
from sqlalchemy import ARRAY, Uuid, any_, exists, literal, or_, select
from sqlalchemy.orm import Session

from services.sessions.domain.public_state import (
    Appointment,
    Change,
    PublicState,
    PublicView,
    in_shown_order,
    public_state,
)
from services.sessions.models import Booking, MedicineSession, PublicChange
from shared.errors import NotFound
from shared.events.sessions import SessionKind


def partners_sessions(db: Session, person_id: UUID, *, now: datetime) -> dict[str, Any]:
    """Every session this person takes part in."""
    bookings = db.scalars(select(Booking).where(Booking.partner_ids.contains([person_id])))
    medicine = db.scalars(
        select(MedicineSession).where(
            or_(
                MedicineSession.taking_ids.contains([person_id]),
                MedicineSession.attending_ids.contains([person_id]),
            )
        )
    )
    views = _views(db, [*map(_of_booking, bookings), *map(_of_medicine_session, medicine)], now=now)
    return {"items": in_shown_order(views)}


def takes_part(db: Session, person_id: UUID, session_id: UUID) -> bool:
    """Whether this partner takes part in the session, of either kind: one statement, whatever is there."""
    session, me = MedicineSession, [person_id]
    books = exists().where(Booking.id == session_id, Booking.partner_ids.contains(me))
    takes = exists().where(
        session.id == session_id, or_(session.taking_ids.contains(me), session.attending_ids.contains(me))
    )
    return bool(db.scalar(select(or_(books, takes))))


def public_view_of(db: Session, session: MedicineSession, *, now: datetime) -> PublicView:
    """What partners see of this medicine session."""
    return _views(db, [_of_medicine_session(session)], now=now)[0]


def calendar_file(db: Session, session_id: UUID, *, now: datetime) -> bytes:
    """An iCalendar file (RFC 5545) in neutral words. Raises NotFound unless publicly confirmed."""
    booking = db.get(Booking, session_id)
    session = None if booking is not None else db.get(MedicineSession, session_id)
    if booking is not None:
        appointment = _of_booking(booking)
    elif session is not None:
        appointment = _of_medicine_session(session)
    else:
        raise NotFound
    shown = _views(db, [appointment], now=now)[0]
    if shown.state is not PublicState.CONFIRMED:
        raise NotFound
    entry = Event()
    entry.add("uid", f"{shown.session_id}@attune")
    # The release, not the request or the decision: both partners get the same bytes whenever they ask.
    entry.add("dtstamp", (shown.released_at or now).astimezone(UTC).replace(microsecond=0))
    entry.add("dtstart", appointment.starts_at.astimezone(UTC))
    entry.add("dtend", appointment.ends_at.astimezone(UTC))
    entry.add("summary", "Appointment")
    entry.add("class", "PRIVATE")
    calendar = Calendar()
    calendar.add("prodid", "-//Attune//EN")
    calendar.add("version", "2.0")
    calendar.add_component(entry)
    written: bytes = calendar.to_ical()
    return written


def _views(db: Session, appointments: Iterable[Appointment], *, now: datetime) -> list[PublicView]:
    wanted = list(appointments)
    # One text however many there are, whose plan PostgreSQL comes to keep: its walls take longer to plan than to ask.
    these = any_(literal([one.session_id for one in wanted], ARRAY(Uuid)))
    rows = db.execute(
        select(
            PublicChange.session_id, PublicChange.number, PublicChange.state, PublicChange.released_at
        ).where(PublicChange.session_id == these)
    )
    changes: dict[UUID, list[Change]] = {}
    for row in rows:
        changes.setdefault(row.session_id, []).append(
            Change(row.number, PublicState(row.state), row.released_at)
        )
    return [public_state(one, changes.get(one.session_id, ()), now=now) for one in wanted]


def _of_booking(booking: Booking) -> Appointment:
    return Appointment(
        session_id=booking.id,
        kind=SessionKind(booking.kind),
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        zone=booking.zone,
    )


def _of_medicine_session(session: MedicineSession) -> Appointment:
    return Appointment(
        session_id=session.id,
        kind=SessionKind.MEDICINE,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        zone=session.zone,
    )
