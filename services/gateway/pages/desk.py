"""The front desk's day: the agenda by practitioner. No clinical content anywhere."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Response, request

from services.gateway.pages import bp
from services.gateway.pages.care import place, span
from services.gateway.pages.frame import page
from services.gateway.pages.parts import Ask, Part, gather
from services.gateway.pages.people import COUPLES, all_couples, couple_names, staff_names


@bp.get("/desk")
def show_desk() -> Response:
    here = place()
    day = here.day(request.args.get("day", ""))
    start, until = here.bounds(day)
    parts = gather(
        bookings=Ask("sessions", "bookings", span(start, until)),
        couples=COUPLES,
        rooms=Ask("sessions", "rooms"),
        enquiries=Ask("intake", "enquiries"),
    )
    return page(
        "desk/agenda.html",
        at=start,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        columns=agenda(parts["bookings"], staff_names()),
        couple_names=couple_names(all_couples(parts["couples"])),
        room_names={one["room_id"]: one["name"] for one in parts["rooms"].items},
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
