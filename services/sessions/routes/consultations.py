"""The free consultation."""

from typing import Any

from services.sessions.commands import consultations as commands
from services.sessions.queries.bookings import consultation_view
from services.sessions.queries.consultation_times import consultation_times
from services.sessions.routes import bp
from services.sessions.schemas.bookings import BookConsultation, ConsultationView, TimesView
from shared.web.context import now, transaction
from shared.web.idempotency import once


@bp.get("/consultation-times")
@bp.response(200, TimesView)
def list_consultation_times() -> Any:
    """Times at which a free consultation can be had."""
    with transaction() as db:
        return consultation_times(db, now=now(db))


@bp.post("/consultations")
@bp.arguments(BookConsultation)
@bp.response(201, ConsultationView)
def book_consultation(body: dict[str, Any]) -> Any:
    """Book the one free consultation of an enquiry, with whoever is free."""
    return once(lambda db: commands.book_consultation(db, **body, now=now(db)).id, show=consultation_view)
