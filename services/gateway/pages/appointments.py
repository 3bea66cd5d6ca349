"""One appointment: when, where and with whom; that it took place, or is off."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect

from services.gateway.pages import bp
from services.gateway.pages.care import care_page, order, partners_of, place, what_is_wrong
from services.gateway.pages.forms import Sent
from services.gateway.pages.parts import Ask, Part, gather
from shared.web.context import current_actor


@bp.get("/appointments/<uuid:session_id>")
def show_appointment(session_id: UUID) -> Response:
    return _appointment(session_id)


@bp.post("/appointments/<uuid:session_id>/complete")
def complete_appointment(session_id: UUID) -> Response:
    return _done(session_id, order("sessions", "POST", f"bookings/{session_id}/complete", {}))


@bp.post("/appointments/<uuid:session_id>/cancel")
def cancel_appointment(session_id: UUID) -> Response:
    return _done(session_id, order("sessions", "POST", f"bookings/{session_id}/cancel", {}))


def _done(session_id: UUID, sent: Sent) -> Response:
    if not sent.is_done:
        return _appointment(session_id, wrong=what_is_wrong(sent))
    return make_response(redirect(f"/appointments/{session_id}", 303))


def _appointment(session_id: UUID, *, wrong: Mapping[str, Any] | None = None) -> Response:
    booking = gather(one=Ask("sessions", f"bookings/{session_id}", is_main=True))["one"].data
    asked = {"rooms": Ask("sessions", "rooms")}
    if booking["couple_id"]:
        asked["couple"] = Ask("intake", f"couples/{booking['couple_id']}")
    parts = gather(**asked)
    couple = parts.get("couple", Part()).data
    there = [one for one in partners_of(couple) if one["id"] in booking["partner_ids"]] if couple else []
    return care_page(
        "appointment.html",
        wrong=wrong,
        now=place().now,
        booking=booking,
        couple_id=booking["couple_id"] if couple else None,
        partners=there,
        is_mine=str(current_actor().person_id) in booking["practitioner_ids"],
        room=next((one["name"] for one in parts["rooms"].items if one["room_id"] == booking["room_id"]), ""),
    )
