"""Whether messages went out: to whom, how and when, and not a word of them."""

from flask import Response, request

from services.gateway.pages import bp
from services.gateway.pages.frame import page
from services.gateway.pages.parts import Ask, gather
from services.gateway.pages.people import COUPLES, all_couples, partner_names, staff_names

STATES = ("waiting", "sending", "sent", "dropped", "uncertain", "failed", "held")
SHOWN_AS = {
    "waiting": "wait",
    "sending": "wait",
    "sent": "done",
    "dropped": "undone",
    "uncertain": "look",
    "failed": "failed",
    "held": "look",
}
"""Which of the look's marks says it."""


@bp.get("/messages")
def show_deliveries() -> Response:
    wanted = request.args.get("state", "")
    query = {"state": wanted} if wanted in STATES else {}
    if cursor := request.args.get("cursor"):
        query["cursor"] = cursor
    parts = gather(
        deliveries=Ask("notify", "deliveries", query=query),
        couples=COUPLES,
    )
    return page(
        "desk/messages.html",
        states=STATES,
        shown_as=SHOWN_AS,
        wanted=query.get("state", ""),
        names={**staff_names(), **partner_names(all_couples(parts["couples"]))},
        **parts,
    )
