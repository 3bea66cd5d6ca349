"""The calendar as staff see and change it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.sessions.commands import bookings as commands
from services.sessions.commands import medicine_sessions
from services.sessions.models import MedicineSession
from services.sessions.queries import bookings as queries
from services.sessions.queries.care import is_treating
from services.sessions.routes import bp
from services.sessions.schemas.bookings import Book, BookingsQuery, BookingsView, BookingView
from shared.errors import NotFound
from shared.web.actor import DESK
from shared.web.context import current_actor, now, respond, transaction
from shared.web.idempotency import once
from shared.web.schemas import Nothing


@bp.post("/bookings")
@bp.arguments(Book)
@bp.response(201, BookingView)
def book_session(body: dict[str, Any]) -> Any:
    """Book an appointment other than a medicine session, or refuse it whole."""
    actor = current_actor()

    def command(db: Session) -> UUID:
        if not actor.roles & DESK and not is_treating(db, actor.person_id, body["couple_id"]):
            raise NotFound
        return commands.book_session(db, **body, now=now(db)).id

    return once(command, show=queries.booking_view)


@bp.get("/bookings")
@bp.arguments(BookingsQuery, location="query")
@bp.response(200, BookingsView)
def list_bookings(query: dict[str, Any]) -> Any:
    """The calendar of a span of time: the practice's for the desk, their own for clinicians."""
    actor = current_actor()
    with transaction() as db:
        moment = now(db)
        start = query["from_"] or moment
        until = query["until"] or start + timedelta(days=14)
        only_for = None if actor.roles & DESK else actor.person_id
        return queries.list_bookings(db, start=start, until=until, only_for=only_for, now=moment)


@bp.get("/bookings/<uuid:session_id>")
@bp.response(200, BookingView)
def show_booking(session_id: UUID) -> Any:
    """One entry of the calendar."""
    with transaction() as db:
        return respond(queries.booking_view(db, session_id))


@bp.post("/bookings/<uuid:session_id>/complete")
@bp.arguments(Nothing)
@bp.response(201, BookingView)
def complete_session(_: dict[str, Any], session_id: UUID) -> Any:
    """Record that an appointment took place."""

    def command(db: Session) -> UUID:
        commands.complete_session(db, session_id, now=now(db))
        return session_id

    return once(command, show=queries.booking_view)


@bp.post("/bookings/<uuid:session_id>/cancel")
@bp.arguments(Nothing)
@bp.response(201, BookingView)
def cancel_session(_: dict[str, Any], session_id: UUID) -> Any:
    """Cancel an entry of the calendar, of either kind, and free its time."""

    def command(db: Session) -> UUID:
        is_medicine = db.get(MedicineSession, session_id) is not None
        if is_medicine:
            medicine_sessions.cancel_medicine_session(db, session_id, now=now(db))
        else:
            commands.cancel_session(db, session_id, now=now(db))
        return session_id

    return once(command, show=queries.booking_view)
