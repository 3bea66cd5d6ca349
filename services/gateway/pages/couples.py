"""The couples: those a clinician treats, all of them for the front desk. Names and nothing else."""

from flask import Response, request

from services.gateway.pages import bp
from services.gateway.pages.care import care_page, is_clinician, partners_of, place
from services.gateway.pages.parts import Ask, gather

_LONGEST_NAME = 100


@bp.get("/couples")
def list_couples() -> Response:
    name = request.args.get("name", "").strip()[:_LONGEST_NAME]
    query = {"limit": "50", **({"name": name} if name else {})}
    if cursor := request.args.get("cursor"):
        query["cursor"] = cursor
    asked = {"listed": Ask("intake", "couples", query)}
    if is_clinician():
        asked["opened"] = Ask("intake", "break-glass", {"limit": "100"})
    parts = gather(**asked)
    listed = parts["listed"]
    return care_page(
        "couples.html",
        now=place().now,
        listed=listed,
        couples=[{"id": one["couple_id"], "partners": partners_of(one)} for one in listed.items],
        next_cursor=(listed.data or {}).get("next_cursor"),
        opened=[one for one in parts["opened"].items if one["is_open"]] if "opened" in parts else [],
        name=name,
    )
