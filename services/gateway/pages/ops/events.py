"""What the databases hold of events: the newest, and what became of one. The log itself is the command's to read."""

from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway.pages import bp
from services.gateway.pages.frame import page
from services.gateway.pages.ops.asking import ask_all
from shared.errors import NotFound
from shared.path.operating.latest import latest
from shared.path.operating.type_names import names_type, short_type
from shared.settings import SERVICES
from shared.web.operators import schemas, views
from shared.web.operators.reach import reach

_MOST = 50
_WHATS = ("unsent", "applied", "put_aside")


@bp.get("/ops/events")
def show_events() -> Response:
    if asked := request.args.get("id", "").strip():
        return make_response(redirect(f"/ops/events/{_id(asked)}", 303))
    service, what = request.args.get("service", ""), request.args.get("what", "")
    wanted = request.args.get("type", "").strip()[:120]
    parts = ask_all("events", _latest, schemas.PassingsView, {"limit": str(_MOST)})
    rows = [
        {**one, "service": name, "name": short_type(one["type"])}
        for name, part in parts.items()
        if service not in SERVICES or name == service
        for one in part.items
        if (what not in _WHATS or one["what"] == what)
        and (not wanted or names_type(wanted, one["type"] or ""))
    ]
    return page(
        "ops/events.html",
        rows=sorted(rows, key=lambda one: str(one["at"]), reverse=True)[:_MOST],
        down=[name for name, part in parts.items() if part.is_down],
        services=SERVICES,
        whats=_WHATS,
        service=service,
        what=what,
        wanted=wanted,
    )


@bp.get("/ops/events/<uuid:event_id>")
def show_event(event_id: UUID) -> Response:
    def own() -> dict[str, Any]:
        with reach().look() as db:
            return views.trace(db, reach(), event_id)

    parts = ask_all(f"events/{event_id}", own, schemas.TraceView)
    known = [part.data for part in parts.values() if part.data is not None]
    if not any(one["is_any"] for one in known):
        raise NotFound
    event_type = next((one["type"] for one in known if one["type"]), None)
    return page(
        "ops/event.html",
        event_id=event_id,
        name=short_type(event_type),
        record=next((one["record"] for one in known if one["record"]), None),
        parts=parts,
    )


def _latest() -> dict[str, Any]:
    with reach().look() as db:
        return {"items": latest(db, _MOST)}


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
