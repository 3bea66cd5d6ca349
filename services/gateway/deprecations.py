"""Routes on their way out: since and until when, and what takes their place. Told in headers and the document."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from flask import Response, request

from services.gateway.api_routes import BASE, ApiRoute


@dataclass(frozen=True)
class Outgoing:
    """One route. `more` is a page of ours that says what changes; `successor` the template that takes its place."""

    route: ApiRoute
    since: datetime
    until: datetime
    more: str
    successor: str | None = None


OUTGOING: Sequence[Outgoing] = ()
"""None today."""


def outgoing(method: str, path: str) -> Outgoing | None:
    """Whether a request is for one of them; `path` without /api/v1/."""
    return next((one for one in OUTGOING if one.route.fits(method, path)), None)


def tell_outgoing(response: Response) -> Response:
    """Deprecation (RFC 9745), Sunset (RFC 8594) and links to what to read and what to use."""
    if not OUTGOING or not request.path.startswith(BASE):
        return response
    found = outgoing(request.method, request.path.removeprefix(BASE))
    if found is not None:
        response.headers["Deprecation"] = f"@{int(found.since.timestamp())}"
        response.headers["Sunset"] = format_datetime(found.until, usegmt=True)
        links = [f'<{found.more}>; rel="deprecation"']
        if found.successor is not None:
            links.append(f'<{BASE}{found.successor}>; rel="successor-version"')
        response.headers["Link"] = ", ".join(links)
    return response
