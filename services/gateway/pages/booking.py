"""Booking an appointment for a couple: everything of it is taken at once, or nothing."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, make_response, redirect, request

from services.gateway import queries
from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.forms import Sent, send, wrong
from services.gateway.pages.frame import page
from services.gateway.pages.parts import Ask, gather
from services.gateway.pages.people import couples_of, options, staff_names
from shared.web.context import current_actor, transaction

KINDS = ("preparation", "regulation", "integration", "check_in")
_NAMES = {"partner_ids": "who", "starts_at": "time", "practitioner_ids": "practitioner"}


@bp.get("/desk/book")
def show_booking_form() -> Response:
    return _page()


@bp.post("/desk/book")
def book_session() -> Response:
    form, texts = request.form, page_texts(language())
    starts_at = _moment(form.get("date", ""), form.get("time", ""))
    if starts_at is None:
        return _page(422, Sent(errors={"date": texts["book_when_missing"]}))
    couples = gather(couples=Ask("intake", "couples", query={"limit": "100"}))["couples"]
    people = {one["couple_id"]: [each["person_id"] for each in one["partners"]] for one in couples.items}
    both = people.get(form.get("couple", ""), [])
    chosen = [one for one in form.getlist("who") if one in both] or both
    body: dict[str, Any] = {
        "kind": form.get("kind", ""),
        "couple_id": form.get("couple", ""),
        "partner_ids": chosen,
        "practitioner_ids": form.getlist("practitioner"),
        "room_id": form.get("room") or None,
        "starts_at": starts_at.isoformat(),
        "duration_min": int(form["duration"]) if form.get("duration", "").isdecimal() else 50,
    }
    sent = send("sessions", "POST", "bookings", body, step=f"book {body}", names=_NAMES)
    if not sent.is_done:
        return _page(422 if sent.errors else 409, sent)
    return make_response(redirect(f"/desk?day={form['date']}", 303))


def _page(status: int = 200, sent: Sent | None = None) -> Response:
    parts = gather(
        couples=Ask("intake", "couples", query={"limit": "100"}),
        practitioners=Ask("sessions", "practitioners"),
        rooms=Ask("sessions", "rooms"),
    )
    names = staff_names()
    return page(
        "desk/book.html",
        status,
        all_couples=couples_of(parts["couples"]),
        chosen_couple=request.values.get("couple", ""),
        kinds=KINDS,
        practitioner_options=options(
            {one["person_id"]: names.get(one["person_id"], "") for one in parts["practitioners"].items}
        ),
        room_options=[(one["room_id"], one["name"]) for one in parts["rooms"].items],
        **parts,
        **wrong(sent),
    )


def _moment(day: str, clock: str) -> datetime | None:
    """A local day and time as a moment; a time that the clock skips or has twice is taken as the zone says."""
    with transaction() as db:
        zone = queries.practice_view(db, current_actor().practice_id)["zone"]
    try:
        return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        return None
