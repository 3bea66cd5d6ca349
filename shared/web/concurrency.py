"""ETag and If-Match: an update names the version it saw; another's change in between is never overwritten."""

from flask import request

from shared.errors import PreconditionRequired, Stale


def check_if_match(version: int) -> None:
    """Raise Stale (412) unless If-Match names `version`; PreconditionRequired (428) when it is missing."""
    if not request.if_match:
        raise PreconditionRequired
    if str(version) not in request.if_match:
        raise Stale
