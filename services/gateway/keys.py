"""A request with a key of a practice: who it acts as, within which scopes, how often, and what it is told of that."""

from flask import Response, current_app, g, request

from services.gateway import tokens
from services.gateway.api_routes import BASE
from services.gateway.commands.keys import PREFIX, live_key
from services.gateway.context import database, real_now
from services.gateway.limits import ALLOWANCES, Left, Limits
from services.gateway.scopes import may
from shared.db.tenancy import Scope
from shared.errors import NotFound, NotSignedIn, TooManyRequests
from shared.web.actor import Actor

WHAT = "api_key"
FRONT_DESK = frozenset({"front_desk"})


def is_key(secret: str) -> bool:
    """Whether this calls itself a key, and not the token of a sign-in."""
    return secret.startswith(PREFIX)


def actor_of_key(secret: str) -> Actor:
    """The practice's front desk, under the key's own id. Every try counts against the key's allowance.

    Raises NotSignedIn for a key that opens nothing (any more), TooManyRequests, and NotFound for what its scopes
    don't hold.
    """
    parsed = tokens.parse(secret.split("_", 2)[-1])
    if parsed is None:
        raise NotSignedIn
    with database().transaction(Scope(parsed.practice_id, None, "api_key")) as db:
        found = live_key(db, token_hash=tokens.digest(secret), at=real_now())
        if found is None:
            raise NotSignedIn
        key_id, scopes = found.id, tuple(found.scopes)
    limits: Limits = current_app.extensions["gateway_limits"]
    g.left = limits.spend(WHAT, parsed.practice_id, key_id)
    if g.left.is_refused:
        raise TooManyRequests
    if not request.path.startswith(BASE) or not may(scopes, request.method, request.path.removeprefix(BASE)):
        raise NotFound
    return Actor(parsed.practice_id, key_id, FRONT_DESK)


def tell_rate(response: Response) -> Response:
    """RateLimit headers (draft-ietf-httpapi-ratelimit-headers) for a request with a key; when to come back with 429."""
    left: Left | None = g.get("left")
    if left is None:
        return response
    allowance = ALLOWANCES[WHAT]
    window = round(allowance.burst * allowance.every_s)
    response.headers["RateLimit-Policy"] = f'"key";q={allowance.burst};w={window}'
    response.headers["RateLimit"] = f'"key";r={left.remaining};t={left.full_in_s}'
    if left.is_refused:
        response.headers["Retry-After"] = str(left.next_in_s)
    return response
