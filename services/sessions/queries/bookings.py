"""The calendar as staff see it: bookings and medicine sessions alike, without gate and programme."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.sessions.domain.states import BEFORE_START, BookingState
from services.sessions.models import Booking, Couple, MedicineSession
from services.sessions.queries.care import conflicts_of, glass_broken_by, is_in_conflict
from shared.errors import NotFound
from shared.events.sessions import SessionKind


def booking_view(db: Session, session_id: UUID) -> dict[str, Any]:
    """One session of either kind. Raises NotFound."""
    booking = db.get(Booking, session_id)
    session = None if booking is not None else db.get(MedicineSession, session_id)
    if booking is not None:
        view = _of_booking(booking)
    elif session is not None:
        view = _of_medicine_session(session)
    else:
        raise NotFound
    return _with_conflicts(db, [view])[0]


def list_bookings(
    db: Session, *, start: datetime, until: datetime, only_for: UUID | None, now: datetime
) -> dict[str, Any]:
    """Sessions that start within [start, until), earliest first.

    `only_for` a clinician: those they attend, and those of couples they treat or have an open access to; none of
    a couple with which they have a conflict of interest.
    """
    found: list[dict[str, Any]] = []
    for model, view in ((Booking, _of_booking), (MedicineSession, _of_medicine_session)):
        table: Any = model
        statement = select(table).where(table.starts_at >= start, table.starts_at < until)
        if only_for is not None:
            treated = select(Couple.couple_id).where(Couple.practitioner_ids.contains([only_for]))
            theirs = table.practitioner_ids.contains([only_for])
            opened = table.couple_id.in_(glass_broken_by(only_for, now=now))
            statement = statement.where(
                or_(theirs, table.couple_id.in_(treated), opened), ~is_in_conflict(only_for, table.couple_id)
            )
        found.extend(view(row) for row in db.scalars(statement))
    found.sort(key=lambda one: (one["starts_at"], str(one["session_id"])))
    return {"items": _with_conflicts(db, found)}


def consultation_view(db: Session, session_id: UUID) -> dict[str, Any]:
    """What the enquirer learns of a consultation. Raises NotFound."""
    view = booking_view(db, session_id)
    return {name: view[name] for name in ("session_id", "starts_at", "ends_at", "zone")}


def _with_conflicts(db: Session, views: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Says of each whether somebody named must not attend, so that another practitioner is needed."""
    in_conflict = conflicts_of(db, {view["couple_id"] for view in views})
    for view in views:
        marked = in_conflict.get(view["couple_id"], set())
        is_ahead = view["state"] in (BookingState.BOOKED, *BEFORE_START)
        view["needs_another_practitioner"] = is_ahead and not marked.isdisjoint(view["practitioner_ids"])
    return views


def _of_booking(booking: Booking) -> dict[str, Any]:
    return {
        "session_id": booking.id,
        "kind": booking.kind,
        "couple_id": booking.couple_id,
        "enquiry_id": booking.enquiry_id,
        "partner_ids": booking.partner_ids,
        "practitioner_ids": booking.practitioner_ids,
        "room_id": booking.room_id,
        "starts_at": booking.starts_at,
        "ends_at": booking.ends_at,
        "zone": booking.zone,
        "state": booking.state,
        "version": booking.version,
    }


def _of_medicine_session(session: MedicineSession) -> dict[str, Any]:
    return {
        "session_id": session.id,
        "kind": SessionKind.MEDICINE,
        "couple_id": session.couple_id,
        "enquiry_id": None,
        "partner_ids": session.people,
        "practitioner_ids": session.practitioner_ids,
        "room_id": session.room_id,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "zone": session.zone,
        "state": session.state,
        "version": session.version,
    }
