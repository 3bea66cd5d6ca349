"""A partner's notices: neutral words, no counts; opening one leads to where it belongs."""

from collections.abc import Mapping
from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway.pages import bp
from services.gateway.pages.forms import send
from services.gateway.pages.frame import page
from services.gateway.pages.parts import Ask, Part, gather
from shared.errors import Unavailable

_LONGEST_CURSOR = 500
_LEADS_TO = {"session": "/sessions", "check_in": "/check-ins", "ways_in": "/ways-in"}
_ELSE = "/today"


@bp.get("/notices")
def show_notices() -> Response:
    """Those not opened yet, then the others, newest first; a page at a time."""
    cursor = request.args.get("older", "")[:_LONGEST_CURSOR]
    query: Mapping[str, str] | None = {"cursor": cursor} if cursor else None
    inbox: Part = gather(inbox=Ask("notify", "me/inbox", query))["inbox"]
    return page(
        "partner/notices.html",
        inbox=inbox,
        unread=[one for one in inbox.items if not one["is_read"]],
        read=[one for one in inbox.items if one["is_read"]],
        older=inbox.data.get("next_cursor") if inbox.data else None,
    )


@bp.post("/notices/<uuid:message_id>")
def open_notice(message_id: UUID) -> Response:
    """It counts as read, and leads on. Who shared what, or took it back, it doesn't tell: that one leads to Today."""
    sent = send("notify", "POST", f"me/inbox/{message_id}/read", {})
    if not sent.is_done:
        raise Unavailable
    return make_response(redirect(_LEADS_TO.get(sent.data["about"], _ELSE), 303))
