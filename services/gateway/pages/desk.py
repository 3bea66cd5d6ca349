"""The front desk's day: the agenda by practitioner, and taking an entry out. No clinical content anywhere."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, make_response, redirect, request

from services.gateway import queries
from services.gateway.pages import bp
from services.gateway.pages.forms import Sent, send
from services.gateway.pages.frame import page
from services.gateway.pages.parts import Ask, Part, gather
from services.gateway.pages.people import couple_names, staff_names
from shared.web.context import current_actor, now, transaction


@bp.get("/desk")
def show_desk() -> Response:
    return _page()


@bp.post("/desk/bookings/<uuid:session_id>/cancel")
def cancel_booking(session_id: UUID) -> Response:
    sent = send("sessions", "POST", f"bookings/{session_id}/cancel", {})
    if not sent.is_done:
        return _page(409, sent)
    return make_response(redirect(f"/desk?day={_day(ZoneInfo('UTC'), None).isoformat()}", 303))


def _page(status: int = 200, sent: Sent | None = None) -> Response:
    with transaction() as db:
        zone, at = queries.practice_view(db, current_actor().practice_id)["zone"], now(db)
    day = _day(ZoneInfo(zone), at)
    start = datetime.combine(day, time(), ZoneInfo(zone))
    span = {"from": _written(start), "until": _written(start + timedelta(days=1))}
    parts = gather(
        bookings=Ask("sessions", "bookings", query=span),
        couples=Ask("intake", "couples", query={"limit": "100"}),
        rooms=Ask("sessions", "rooms"),
        enquiries=Ask("intake", "enquiries"),
    )
    return page(
        "desk/agenda.html",
        status,
        day=day,
        at=start,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        columns=agenda(parts["bookings"], staff_names()),
        couple_names=couple_names(parts["couples"]),
        room_names={one["room_id"]: one["name"] for one in parts["rooms"].items},
        problem=sent.problem if sent else "",
        **parts,
    )


def agenda(bookings: Part, staff: Mapping[str, str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Each practitioner's entries of the day in order, by name; who has none is left out."""
    columns: dict[str, list[dict[str, Any]]] = {}
    for one in sorted(bookings.items, key=lambda one: one["starts_at"]):
        for practitioner_id in one["practitioner_ids"]:
            columns.setdefault(practitioner_id, []).append(one)
    return sorted(
        [(staff.get(practitioner_id, ""), entries) for practitioner_id, entries in columns.items()],
        key=lambda pair: pair[0].casefold(),
    )


def _day(zone: ZoneInfo, at: datetime | None) -> date:
    """The day that was asked for, else today."""
    try:
        return date.fromisoformat(request.values.get("day", ""))
    except ValueError:
        return (at or datetime.now(zone)).astimezone(zone).date()


def _written(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")
