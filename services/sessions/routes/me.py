"""A partner's own sessions: public states only."""

from typing import Any
from uuid import UUID

from flask import Response

from services.sessions.queries.partners_sessions import calendar_file, partners_sessions
from services.sessions.routes import bp
from services.sessions.schemas.bookings import PartnersSessionsView
from shared.web.context import current_actor, now, transaction


@bp.get("/me/sessions")
@bp.response(200, PartnersSessionsView)
def list_my_sessions() -> Any:
    """The signed-in partner's own sessions, in their public states."""
    with transaction() as db:
        return partners_sessions(db, current_actor().person_id, now=now(db))


@bp.get("/me/sessions/<uuid:session_id>/calendar.ics")
@bp.response(200, content_type="text/calendar")
def show_my_calendar_file(session_id: UUID) -> Any:
    """One of the partner's own sessions as a calendar file, in neutral words."""
    with transaction() as db:
        written = calendar_file(db, session_id, now=now(db))
    return Response(
        written,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="appointment.ics"'},
    )
