"""How a partner wants to be told: language, quiet hours, and under which name messages come."""

import re
from typing import Any

from flask import Response, make_response, redirect, request

from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.forms import send
from services.gateway.pages.frame import page
from services.gateway.pages.parts import Ask, gather
from shared.errors import NotFound, Unavailable
from shared.ids import shown_id

_ID = re.compile(r"[0-9a-f-]{36}")
_ZONES = {
    "America/New_York": "zone_eastern",
    "America/Chicago": "zone_central",
    "America/Denver": "zone_mountain",
    "America/Phoenix": "zone_arizona",
    "America/Los_Angeles": "zone_pacific",
    "America/Anchorage": "zone_alaska",
    "Pacific/Honolulu": "zone_hawaii",
}
"""The zones that are offered, by their everyday names; a person's own is kept whichever it is."""


@bp.get("/more/notifications")
def show_notifications() -> Response:
    return _notifications()


@bp.post("/more/notifications")
def choose_notifications() -> Response:
    """Keep the whole choice; another window's choice in between is not overwritten."""
    version = request.form.get("version", "")
    sent = send(
        "notify",
        "PUT",
        "me/preferences",
        {
            "language": request.form.get("language", ""),
            "quiet_from": request.form.get("quiet_from") or None,
            "quiet_until": request.form.get("quiet_until") or None,
            "zone": request.form.get("zone", ""),
        },
        etag=f'"{version}"' if version.isascii() and version.isdigit() else None,
    )
    if sent.is_done:
        return make_response(redirect("/more/notifications?saved=1", 303))
    return _notifications(422, errors=sent.errors, problem=sent.problem, typed=request.form)


@bp.post("/more/notifications/address")
def mark_address() -> Response:
    """Say whether an address of one's own is safe. Said again it always acts, from an old page too."""
    contact_id, is_safe = request.form.get("contact_id", ""), request.form.get("is_safe") == "yes"
    if not _ID.fullmatch(contact_id):
        raise NotFound
    path = f"me/contacts/{contact_id}/mark"
    if not send("notify", "POST", path, {"is_safe": is_safe}, step=str(shown_id())).is_done:
        raise Unavailable
    return make_response(redirect("/more/notifications?saved=1", 303))


def _notifications(status: int = 200, **values: Any) -> Response:
    found = gather(
        held=Ask("notify", "me/preferences", is_main=True),
        sender=Ask("notify", "sender"),
        contacts=Ask("notify", "me/contacts"),
    )
    held = dict(found["held"].data)
    texts = page_texts(language())
    named = {zone: texts[name] for zone, name in _ZONES.items()}
    return page(
        "partner/notifications.html",
        status,
        held=held,
        contacts=found["contacts"],
        sender=(found["sender"].data or {}).get("display_name"),
        zones_named=list({**named, held["zone"]: named.get(held["zone"], held["zone"])}.items()),
        is_saved="saved" in request.args,
        **values,
    )
