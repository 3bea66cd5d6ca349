"""A practice's public page: what it offers, and the form for the free consultation."""

import time
from collections.abc import Mapping
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, current_app, make_response, redirect, request
from itsdangerous import BadData, URLSafeSerializer

from services.gateway import queries
from services.gateway.context import enter_by_slug, limit, upstream
from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.forms import Sent, send, wrong
from services.gateway.pages.frame import page
from services.gateway.pages.moments import local
from services.gateway.pages.parts import Ask, gather
from shared.errors import NotFound
from shared.web.context import current_actor, transaction


@bp.get("/p/<string:slug>")
def show_enquiry(slug: str) -> Response:
    enter_by_slug(slug)
    limit("times")
    return _page(slug)


@bp.post("/p/<string:slug>")
def send_enquiry(slug: str) -> Response:
    """Store the address, send the enquiry, then book the time that was picked. Sent again, it heals the rest."""
    enter_by_slug(slug)
    limit("enquiry")
    form = request.form
    sent = send(
        "notify",
        "POST",
        "contacts",
        {"address": form.get("email", "").strip(), "channel": "email"},
        step=f"contact {form.get('email', '')}",
        names={"address": "email"},
    )
    if sent.is_done:
        told = {"contact_id": sent.data["contact_id"], "display_name": form.get("display_name", "").strip()}
        sent = send("intake", "POST", "enquiries", told, step=f"enquiry {told}")
    if not sent.is_done:
        return _page(slug, 422, sent)
    if starts_at := form.get("starts_at"):
        wanted = {"enquiry_id": sent.data["enquiry_id"], "starts_at": starts_at}
        booked = _book(wanted)
        if booked is None:
            return _page(slug, 503, Sent(problem=page_texts(language())["enquiry_not_yet"]))
        sent = booked
        if not sent.is_done:  # somebody was quicker: the others are still to be had
            return _page(slug, 409, Sent(errors={"starts_at": page_texts(language())["enquiry_taken"]}))
        at = _signer().dumps([slug, sent.data["starts_at"]])
        return make_response(redirect(f"/p/{slug}/thanks?at={at}", 303))
    return make_response(redirect(f"/p/{slug}/thanks", 303))


def _book(wanted: Mapping[str, str]) -> Sent | None:
    """Sessions may not have heard of the enquiry yet: it is asked again for a while. None: it still has not."""
    ends = time.monotonic() + upstream().patience_s
    while True:
        try:
            return send(
                "sessions", "POST", "consultations", wanted, step=f"consultation {wanted['starts_at']}"
            )
        except NotFound:
            if time.monotonic() >= ends:
                return None
            time.sleep(0.2)


@bp.get("/p/<string:slug>/thanks")
def show_enquiry_thanks(slug: str) -> Response:
    enter_by_slug(slug)
    return page("public/thanks.html", is_bare=True, booked_at=_booked_at(slug), **_practice(slug))


def _page(slug: str, status: int = 200, sent: Sent | None = None) -> Response:
    """`?day=` shows times of one day. The form keeps it, so that it comes back on the same one."""
    day = _wanted_day()
    parts = gather(times=Ask("sessions", "consultation-times", {"day": day} if day else None))
    practice = _practice(slug)
    zone = practice["zone"]
    days = [
        list(times)
        for _, times in groupby(parts["times"].items, lambda one: local(one["starts_at"], zone).date())
    ]
    return page(
        "public/enquiry.html",
        status,
        is_bare=True,
        days=days,
        day=day,
        days_ahead=[(one, _noon(one, zone)) for one in (parts["times"].data or {}).get("days", ())],
        **parts,
        **practice,
        **wrong(sent),
    )


def _wanted_day() -> str:
    """The day that the address asks for, as the services write it; what is none asks for none."""
    try:
        return date.fromisoformat(request.args.get("day", "")).isoformat()
    except ValueError:
        return ""


def _noon(day: str, zone: str) -> datetime:
    """A moment of a day, to say its name by."""
    return datetime.fromisoformat(day).replace(hour=12, tzinfo=ZoneInfo(zone))


def _practice(slug: str) -> dict[str, Any]:
    with transaction() as db:
        known = queries.practice_view(db, current_actor().practice_id)
        colour = queries.look(db)["colour"]
    shown = {"practice_name": known["name"], "is_demo": known["is_demo"], "zone": known["zone"]}
    return {**shown, "slug": slug, "colour": colour}


def _booked_at(slug: str) -> str:
    """When the talk is, where this address says what we booked; an address that others made says nothing."""
    try:
        booked_with, starts_at = _signer().loads(request.args.get("at", ""))
    except (BadData, ValueError):
        return ""
    return str(starts_at) if booked_with == slug else ""


def _signer() -> URLSafeSerializer:
    key = current_app.secret_key
    assert key is not None
    return URLSafeSerializer(key, salt="attune booked talk")
