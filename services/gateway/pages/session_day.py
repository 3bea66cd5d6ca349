"""The day of a medicine session: few words, large and dark; stopping is one tap."""

from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway.pages import bp
from services.gateway.pages.consent import WITHDRAWN, act_on_consent, after_act, consent_of
from services.gateway.pages.frame import page
from services.gateway.pages.sessions import COMPLETED, is_day_of


@bp.get("/sessions/<uuid:session_id>/day")
def show_session_day(session_id: UUID) -> Response:
    """On another day, and for whom nothing happens today, the session's own page."""
    return _day_page(session_id)


@bp.post("/sessions/<uuid:session_id>/day")
def act_on_session_day(session_id: UUID) -> Response:
    """Say yes again, or stop."""
    act = request.form.get("act", "")
    return after_act(
        session_id, act, act_on_consent(session_id, act), f"/sessions/{session_id}/day", _day_page
    )


def _day_page(session_id: UUID, status: int = 200, **values: Any) -> Response:
    one, consent, _ = consent_of(session_id)
    has_stopped = consent["state"] == WITHDRAWN and one["state"] != COMPLETED
    if not has_stopped and not is_day_of(one):
        return make_response(redirect(f"/sessions/{session_id}", 303))
    return page(
        "partner/session_day.html", status, one=one, consent=consent, has_stopped=has_stopped, **values
    )
