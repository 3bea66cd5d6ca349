"""The day of a medicine session for those who attend: gate, way home, start, end."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway.pages import bp
from services.gateway.pages.care import care_page, order, partners_of, place, what_is_wrong
from services.gateway.pages.forms import Sent
from services.gateway.pages.parts import Ask, gather

_OPEN = ("planned", "held", "confirmed")
_OBSERVED = ("confirmed", "in_progress", "ended")


@bp.get("/medicine/<uuid:session_id>")
def show_medicine_session(session_id: UUID) -> Response:
    return session_page(session_id)


@bp.post("/medicine/<uuid:session_id>/way-home")
def plan_way_home(session_id: UUID) -> Response:
    return _sent(session_id, "transport-plan", {"person_id": request.form.get("person_id", "")})


@bp.post("/medicine/<uuid:session_id>/way-home/withdraw")
def withdraw_way_home(session_id: UUID) -> Response:
    return _sent(session_id, "transport-plan/withdraw", {"person_id": request.form.get("person_id", "")})


@bp.post("/medicine/<uuid:session_id>/start")
def start_medicine_session(session_id: UUID) -> Response:
    """With `confirms`, the person who starts vouches for what the services do not know freshly enough."""
    return _sent(session_id, "start", {"confirms_facts": request.form.get("confirms") == "yes"})


@bp.post("/medicine/<uuid:session_id>/end")
def end_medicine_session(session_id: UUID) -> Response:
    return _sent(session_id, "end", {})


@bp.post("/medicine/<uuid:session_id>/cancel")
def cancel_medicine_session(session_id: UUID) -> Response:
    return _sent(session_id, "cancel", {})


def _sent(session_id: UUID, what: str, body: Mapping[str, Any]) -> Response:
    sent: Sent = order("sessions", "POST", f"medicine-sessions/{session_id}/{what}", body)
    if not sent.is_done:
        return session_page(session_id, wrong=what_is_wrong(sent))
    return make_response(redirect(f"/medicine/{session_id}", 303))


def session_page(session_id: UUID, *, wrong: Mapping[str, Any] | None = None) -> Response:
    """The whole day; with `wrong` as the page that a form of it comes back on."""
    session = gather(one=Ask("sessions", f"medicine-sessions/{session_id}", is_main=True))["one"].data
    parts = gather(
        couple=Ask("intake", f"couples/{session['couple_id']}"),
        rooms=Ask("sessions", "rooms"),
        observations=Ask("sessions", f"medicine-sessions/{session_id}/observations", {"limit": "100"}),
    )
    couple = parts["couple"].data
    partners = partners_of(couple) if couple else []
    taking_part = {*session["taking_ids"], *session["attending_ids"]}
    return care_page(
        "medicine.html",
        wrong=wrong,
        now=place().now,
        session=session,
        is_open=session["state"] in _OPEN,
        couple_id=session["couple_id"],
        partners=partners,
        couple=parts["couple"],
        observations=parts["observations"],
        is_observed=session["state"] in _OBSERVED,
        partner_choices=[(one["id"], one["name"]) for one in partners if one["id"] in taking_part],
        room=next((one["name"] for one in parts["rooms"].items if one["room_id"] == session["room_id"]), ""),
        travelling={
            one["person_id"]
            for one in session["gate"]
            if one["condition"] == "transport_plan" and one["is_met"]
        },
    )
