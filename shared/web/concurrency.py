"""ETag and If-Match: an update names the version it saw; another's change in between is never overwritten."""

from flask import request

from shared.errors import PreconditionRequired, Stale


def check_if_match(version: int, *, is_needed: bool = True) -> None:
    """Raise Stale (412) unless If-Match names `version`.

    When it is missing: PreconditionRequired (428), or nothing where it is only welcome (`is_needed=False`).
    """
    if not request.if_match:
        if is_needed:
            raise PreconditionRequired
        return
    if str(version) not in request.if_match:
        raise Stale
