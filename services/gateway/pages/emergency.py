"""Opening the data of a couple one does not treat: for a reason, for a limited time, and somebody looks at it after."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway.pages import bp
from services.gateway.pages.care import care_page, order, what_is_wrong


@bp.get("/couples/<uuid:couple_id>/emergency")
def show_emergency(couple_id: UUID) -> Response:
    """Asks nobody whether there is such a couple."""
    return _form(couple_id)


@bp.post("/couples/<uuid:couple_id>/emergency")
def open_in_emergency(couple_id: UUID) -> Response:
    minutes = request.form.get("duration_min", "")
    body = {
        "reason": request.form.get("reason", ""),
        "duration_min": int(minutes) if minutes.isdecimal() else minutes,
    }
    sent = order("intake", "POST", f"couples/{couple_id}/break-glass", body)
    if not sent.is_done:
        return _form(couple_id, wrong=what_is_wrong(sent))
    return make_response(redirect(f"/couples/{couple_id}", 303))


def _form(couple_id: UUID, *, wrong: Mapping[str, Any] | None = None) -> Response:
    return care_page("emergency.html", wrong=wrong, couple_id=couple_id)
