"""The free consultation."""

from datetime import date
from typing import Any

from services.sessions.commands import consultations as commands
from services.sessions.queries.bookings import consultation_view
from services.sessions.queries.consultation_times import consultation_times
from services.sessions.routes import bp
from services.sessions.schemas.bookings import BookConsultation, ConsultationView, TimesQuery, TimesView
from shared.web.context import now, transaction
from shared.web.idempotency import once


@bp.get("/consultation-times")
@bp.arguments(TimesQuery, location="query")
@bp.response(200, TimesView)
def list_consultation_times(query: dict[str, date | None]) -> Any:
    """Times at which a free consultation can be had: some of one day, or the earliest; and the days that have any."""
    with transaction() as db:
        return consultation_times(db, now=now(db), **query)


@bp.post("/consultations")
@bp.arguments(BookConsultation)
@bp.response(201, ConsultationView)
def book_consultation(body: dict[str, Any]) -> Any:
    """Book the one free consultation of an enquiry, with whoever is free."""
    return once(lambda db: commands.book_consultation(db, **body, now=now(db)).id, show=consultation_view)
