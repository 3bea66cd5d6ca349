"""A clinician's day: their own appointments by time, and what waits for a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request

from services.gateway.pages import bp
from services.gateway.pages.care import care_page, couples_by_id, place, span
from services.gateway.pages.moments import local
from services.gateway.pages.parts import Ask, gather
from services.gateway.pages.people import COUPLES, all_couples
from shared.web.context import current_actor

_AROUND = {"back": timedelta(days=14), "ahead": timedelta(days=45)}
_NOT_OPEN = frozenset({"planned", "held"})


@bp.get("/day")
def show_day() -> Response:
    here = place()
    day = here.day(request.args.get("on", ""))
    parts = gather(
        calendar=Ask("sessions", "bookings", span(*here.bounds(day))),
        around=Ask("sessions", "bookings", span(here.now - _AROUND["back"], here.now + _AROUND["ahead"])),
        couples=COUPLES,
        enquiries=Ask("intake", "enquiries", {"limit": "100"}),
        rooms=Ask("sessions", "rooms"),
        alerts=Ask("notify", "alerts", {"limit": "100"}),
    )
    mine = [one for one in parts["calendar"].items if _is_mine(one) and one["state"] != "cancelled"]
    return care_page(
        "day.html",
        now=here.now,
        day=datetime.combine(day, time(12), ZoneInfo(here.zone)),
        is_today=day == local(here.now, here.zone).date(),
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        calendar=parts["calendar"],
        sessions=_in_order(mine, here.now),
        waiting=_waiting(parts["around"].items, here.now),
        around=parts["around"],
        alerts=parts["alerts"],
        open_alerts=[one for one in parts["alerts"].items if one["state"] == "open"],
        couples=couples_by_id(all_couples(parts["couples"])),
        enquirers={one["enquiry_id"]: one["display_name"] for one in parts["enquiries"].items},
        rooms={one["room_id"]: one["name"] for one in parts["rooms"].items},
    )


def _is_mine(one: Mapping[str, Any]) -> bool:
    return str(current_actor().person_id) in one["practitioner_ids"]


def _in_order(sessions: Sequence[Mapping[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Each with where it stands in the day: the first that is not over is the current one."""
    found, has_current = [], False
    for one in sessions:
        is_over = one["state"] in ("completed", "ended") or datetime.fromisoformat(one["ends_at"]) <= now
        is_current = not is_over and not has_current
        has_current = has_current or is_current
        minutes = datetime.fromisoformat(one["ends_at"]) - datetime.fromisoformat(one["starts_at"])
        found.append(
            {
                **one,
                "is_past": is_over,
                "is_current": is_current,
                "minutes": int(minutes.total_seconds()) // 60,
            }
        )
    return found


def _waiting(sessions: Sequence[Mapping[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """What asks for a decision: a long session whose gate is not open, and an appointment to say of how it went."""
    found = []
    for one in sessions:
        is_over = datetime.fromisoformat(one["ends_at"]) <= now
        if one["kind"] == "medicine" and one["state"] in _NOT_OPEN and not is_over:
            found.append({**one, "why": "gate"})
        elif one["kind"] == "medicine" and one["state"] == "in_progress" and is_over:
            found.append({**one, "why": "end"})
        elif one["state"] == "booked" and is_over and _is_mine(one):
            found.append({**one, "why": "complete"})
    return found
