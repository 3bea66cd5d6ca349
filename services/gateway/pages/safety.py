"""Safety: alerts that somebody must take, whom they go to next, and what they are about."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect

from services.gateway.pages import bp
from services.gateway.pages.care import (
    care_page,
    couples_by_id,
    order,
    others,
    partners_of,
    place,
    what_is_wrong,
)
from services.gateway.pages.parts import Ask, gather
from services.gateway.pages.people import COUPLES, all_couples


@bp.get("/safety")
def show_safety() -> Response:
    return _queue()


@bp.post("/safety/alerts/<uuid:alert_id>/take")
def take_alert(alert_id: UUID) -> Response:
    sent = order("notify", "POST", f"alerts/{alert_id}/acknowledge", {})
    if not sent.is_done:
        return _queue(wrong=what_is_wrong(sent))
    return make_response(redirect("/safety", 303))


@bp.get("/safety/concerns/<uuid:concern_id>")
def show_concern(concern_id: UUID) -> Response:
    return _concern(concern_id)


@bp.post("/safety/concerns/<uuid:concern_id>/told-first")
def tell_first_of_concern(concern_id: UUID) -> Response:
    sent = order("integration", "POST", f"safety-concerns/{concern_id}/told-first", {})
    if not sent.is_done:
        return _concern(concern_id, wrong=what_is_wrong(sent))
    return make_response(redirect(f"/safety/concerns/{concern_id}", 303))


def _queue(*, wrong: Mapping[str, Any] | None = None) -> Response:
    parts = gather(
        alerts=Ask("notify", "alerts", {"limit": "100"}),
        concerns=Ask("integration", "safety-concerns", {"limit": "100"}),
        couples=COUPLES,
    )
    return care_page(
        "safety.html",
        wrong=wrong,
        now=place().now,
        alerts=parts["alerts"],
        open_alerts=[one for one in parts["alerts"].items if one["state"] == "open"],
        taken=[one for one in parts["alerts"].items if one["state"] == "acknowledged"],
        concerns=parts["concerns"],
        couples=couples_by_id(all_couples(parts["couples"])),
    )


def _concern(concern_id: UUID, *, wrong: Mapping[str, Any] | None = None) -> Response:
    concern = gather(one=Ask("integration", f"safety-concerns/{concern_id}", is_main=True))["one"].data
    parts = gather(couple=Ask("intake", f"couples/{concern['couple_id']}"))
    couple = parts["couple"].data
    partners = partners_of(couple) if couple else []
    return care_page(
        "concern.html",
        wrong=wrong,
        concern=concern,
        couple_id=concern["couple_id"] if couple else None,
        person=next((one for one in partners if one["id"] == concern["person_id"]), None),
        other=others(partners, concern["person_id"]),
    )
