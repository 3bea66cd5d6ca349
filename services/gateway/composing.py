"""Calls that span services. Each step has a key of its own, made from the caller's, so a retry heals the rest."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response

from services.gateway.context import sub_key, upstream
from services.gateway.upstream import Answer, Refused
from shared.web.actor import Actor
from shared.web.context import current_actor


def store_address(email: str) -> UUID:
    """Store an address in notify, which alone keeps addresses; its contact id."""
    answer = upstream().compose(
        "notify",
        "POST",
        "contacts",
        actor=current_actor(),
        body={"address": email, "channel": "email"},
        key=sub_key("contact"),
    )
    return UUID(answer.json()["contact_id"])


def post_message(*, contact_id: UUID, link: str, key: str = "") -> None:
    """Have notify mail a link; once for each `key`, or for the caller's own."""
    upstream().compose(
        "notify",
        "POST",
        "messages",
        actor=current_actor(),
        body={"contact_id": str(contact_id), "template": "invitation", "link": link},
        key=key or sub_key("message"),
    )


def name_sender(practice: Actor, display_name: str) -> None:
    """Tell notify in whose name the practice's messages go out."""
    upstream().compose("notify", "PUT", "sender", actor=practice, body={"display_name": display_name})


def ask(
    service: str,
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    step: str = "",
) -> Answer:
    """One call as whoever asks; with a key of its own where it changes something."""
    key = sub_key(step) if step else ""
    return upstream().compose(service, method, path, actor=current_actor(), query=query, body=body, key=key)


def refused(error: Refused) -> Response:
    """A service's own problem, in the words of what was sent here: its address is our email."""
    body = error.answer.body.replace(b'"/address"', b'"/email"')
    response = Response(body, error.answer.status, content_type=error.answer.headers["Content-Type"])
    if retry := error.answer.headers.get("Retry-After"):
        response.headers["Retry-After"] = retry
    return response
