"""The decision on one partner's readiness, and preparation done. A clinician decides; nobody else sees why."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway.pages import bp
from services.gateway.pages.care import care_page, order, partners_of, place, what_is_wrong
from services.gateway.pages.couple import overview
from services.gateway.pages.parts import Ask, gather
from shared.errors import NotFound


@bp.get("/couples/<uuid:couple_id>/readiness/<uuid:person_id>")
def show_readiness(couple_id: UUID, person_id: UUID) -> Response:
    return _form(couple_id, person_id)


@bp.post("/couples/<uuid:couple_id>/readiness/<uuid:person_id>")
def decide_readiness(couple_id: UUID, person_id: UUID) -> Response:
    """Only `ready` has an end: a date typed beside another decision is left out."""
    decision, until = request.form.get("decision", ""), request.form.get("expires_at", "")
    is_dated = decision == "ready" and until
    body = {
        "decision": decision,
        "reason": request.form.get("reason", ""),
        "expires_at": place().end_of(until) if is_dated else None,
    }
    sent = order("intake", "POST", f"couples/{couple_id}/partners/{person_id}/readiness", body)
    if not sent.is_done:
        return _form(couple_id, person_id, wrong=what_is_wrong(sent))
    return make_response(redirect(f"/couples/{couple_id}", 303))


@bp.post("/couples/<uuid:couple_id>/prepared/<uuid:person_id>")
def complete_preparation(couple_id: UUID, person_id: UUID) -> Response:
    sent = order("intake", "POST", f"couples/{couple_id}/partners/{person_id}/preparation-completed", {})
    if not sent.is_done:
        return overview(couple_id, wrong=what_is_wrong(sent))
    return make_response(redirect(f"/couples/{couple_id}", 303))


def _form(couple_id: UUID, person_id: UUID, *, wrong: Mapping[str, Any] | None = None) -> Response:
    parts = gather(
        couple=Ask("intake", f"couples/{couple_id}", is_main=True, may_be_down=wrong is not None),
        readiness=Ask(
            "intake", f"couples/{couple_id}/readiness", is_main=True, may_be_down=wrong is not None
        ),
    )
    couple = parts["couple"]
    partners = [] if couple.is_down else partners_of(couple.data)
    person = next((one for one in partners if one["id"] == str(person_id)), None)
    if couple.is_down:
        person = {"id": str(person_id), "name": ""}
    if person is None:
        raise NotFound
    held = next((one for one in parts["readiness"].items if one["person_id"] == str(person_id)), None)
    return care_page("readiness.html", wrong=wrong, couple_id=couple_id, person=person, held=held)
