"""Booking an appointment of a couple, and planning a medicine session: everybody and the room at once, or not."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway.pages import bp, care_words
from services.gateway.pages.care import care_page, order, partners_of, place, what_is_wrong
from services.gateway.pages.forms import Sent
from services.gateway.pages.parts import Ask, gather

_MINUTES = re.compile(r"[0-9]{1,4}")


@bp.get("/couples/<uuid:couple_id>/plan")
def show_plan(couple_id: UUID) -> Response:
    return _form(couple_id, "plan.html")


@bp.post("/couples/<uuid:couple_id>/plan")
def plan_medicine_session(couple_id: UUID) -> Response:
    taking = request.form.getlist("taking_ids")
    body = {
        **_when_and_where(couple_id),
        "programme": request.form.get("programme", ""),
        "taking_ids": taking,
        "attending_ids": request.form.getlist("attending_ids"),
    }
    sent = order("sessions", "POST", "medicine-sessions", body)
    if not sent.is_done:
        return _form(couple_id, "plan.html", wrong=what_is_wrong(sent))
    return make_response(redirect(f"/medicine/{sent.data['session_id']}", 303))


@bp.get("/couples/<uuid:couple_id>/book")
def show_couple_booking(couple_id: UUID) -> Response:
    return _form(couple_id, "book.html")


@bp.post("/couples/<uuid:couple_id>/book")
def book_for_couple(couple_id: UUID) -> Response:
    body = {
        **_when_and_where(couple_id),
        "kind": request.form.get("kind", ""),
        "partner_ids": request.form.getlist("partner_ids"),
        "medicine_session_id": request.form.get("medicine_session_id") or None,
    }
    sent: Sent = order("sessions", "POST", "bookings", body)
    if not sent.is_done:
        return _form(couple_id, "book.html", wrong=what_is_wrong(sent))
    return make_response(redirect(f"/appointments/{sent.data['session_id']}", 303))


def _when_and_where(couple_id: UUID) -> dict[str, Any]:
    minutes = request.form.get("duration_min", "").strip()
    return {
        "couple_id": str(couple_id),
        "practitioner_ids": request.form.getlist("practitioner_ids"),
        "room_id": request.form.get("room_id") or None,
        "starts_at": place().moment(request.form.get("starts_at", "")),
        "duration_min": int(minutes) if _MINUTES.fullmatch(minutes) else minutes,
    }


def _form(couple_id: UUID, template: str, *, wrong: Mapping[str, Any] | None = None) -> Response:
    """`?kind=` and `?for=` (a medicine session) say what a link to the form was about."""
    parts = gather(
        couple=Ask("intake", f"couples/{couple_id}", is_main=True, may_be_down=wrong is not None),
        practitioners=Ask("sessions", "practitioners"),
        rooms=Ask("sessions", "rooms"),
    )
    couple = parts["couple"].data or {"partners": [], "practitioner_ids": []}
    kind = request.args.get("kind", "")
    return care_page(
        template,
        wrong=wrong,
        couple_id=couple_id,
        couple=couple,
        partners=partners_of(couple),
        practitioners=parts["practitioners"],
        rooms=parts["rooms"],
        kind=kind if kind in care_words.BOOKABLE else care_words.BOOKABLE[0],
        medicine_session_id=request.args.get("for", ""),
    )
