"""The calendar as staff see and change it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.sessions.commands import bookings as commands
from services.sessions.commands import medicine_sessions
from services.sessions.models import MedicineSession
from services.sessions.queries.bookings import booking_view
from services.sessions.queries.bookings import list_bookings as list_bookings_query
from services.sessions.queries.care import is_treating
from services.sessions.routes import bp
from services.sessions.schemas.bookings import Book, BookingsQuery, BookingsView, BookingView
from services.sessions.schemas.medicine_sessions import Nothing
from shared.errors import NotFound
from shared.web.context import current_actor, now, respond, transaction
from shared.web.idempotency import once

_DESK = frozenset({"front_desk", "practice_admin"})


@bp.post("/bookings")
@bp.arguments(Book)
@bp.response(201, BookingView)
def book(body: dict[str, Any]) -> Any:
    actor = current_actor()

    def command(db: Session) -> UUID:
        if not actor.roles & _DESK and not is_treating(db, actor.person_id, body["couple_id"]):
            raise NotFound
        return commands.book(db, **body, now=now(db)).id

    return once(command, show=booking_view)


@bp.get("/bookings")
@bp.arguments(BookingsQuery, location="query")
@bp.response(200, BookingsView)
def list_bookings(query: dict[str, Any]) -> Any:
    actor = current_actor()
    with transaction() as db:
        start = query["from_"] or now(db)
        until = query["until"] or start + timedelta(days=14)
        only_for = None if actor.roles & _DESK else actor.person_id
        return list_bookings_query(db, start=start, until=until, only_for=only_for)


@bp.get("/bookings/<uuid:session_id>")
@bp.response(200, BookingView)
def show_booking(session_id: UUID) -> Any:
    with transaction() as db:
        return respond(booking_view(db, session_id))


@bp.post("/bookings/<uuid:session_id>/complete")
@bp.arguments(Nothing)
@bp.response(201, BookingView)
def complete_booking(_: dict[str, Any], session_id: UUID) -> Any:
    def command(db: Session) -> UUID:
        commands.complete(db, session_id, now=now(db))
        return session_id

    return once(command, show=booking_view)


@bp.post("/bookings/<uuid:session_id>/cancel")
@bp.arguments(Nothing)
@bp.response(201, BookingView)
def cancel_booking(_: dict[str, Any], session_id: UUID) -> Any:
    def command(db: Session) -> UUID:
        is_medicine = db.get(MedicineSession, session_id) is not None
        cancel = medicine_sessions.cancel if is_medicine else commands.cancel
        cancel(db, session_id, now=now(db))
        return session_id

    return once(command, show=booking_view)
