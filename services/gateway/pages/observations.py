"""The observation log on the day's page: a blood pressure, what was seen, of whom."""

from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway.pages import bp
from services.gateway.pages.care import order, what_is_wrong
from services.gateway.pages.medicine import session_page

_NUMBERS = ("systolic_mmhg", "diastolic_mmhg")


@bp.post("/medicine/<uuid:session_id>/observations")
def record_observation(session_id: UUID) -> Response:
    form = request.form
    body: dict[str, Any] = {name: _number(form.get(name, "")) for name in _NUMBERS}
    body |= {"person_id": form.get("person_id", ""), "note": form.get("note", "").strip() or None}
    sent = order("sessions", "POST", f"medicine-sessions/{session_id}/observations", body)
    if not sent.is_done:
        return session_page(session_id, wrong=what_is_wrong(sent))
    return make_response(redirect(f"/medicine/{session_id}#observations", 303))


def _number(typed: str) -> int | str | None:
    """What is no number goes on as it was typed, to be refused beside its field."""
    text = typed.strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else text
