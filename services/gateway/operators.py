"""An operator in a browser, known by a cookie of a kind of its own. It opens no practice's page."""

import hmac
from dataclasses import dataclass
from uuid import UUID

from flask import Response, g, request

from services.gateway import cookies, domain, tokens
from services.gateway.commands.operator_sign_ins import live_operator_sign_in
from services.gateway.context import database, real_now, settings
from shared.db.tenancy import Scope
from shared.ids import NIL
from shared.web.actor import OPERATOR, Actor

COOKIE = "__Host-attune-ops"
ALONE = Scope(NIL, NIL, OPERATOR)
"""The transaction of an operator's own sign-in: of no practice there is."""


@dataclass(frozen=True)
class SignedIn:
    """The operator of this request."""

    sign_in_id: UUID
    by: str


def signed_in_operator() -> Actor | None:
    """The actor of the operator's cookie, while its sign-in counts; they are in `g.operator` then."""
    parsed = tokens.parse(request.cookies.get(COOKIE, ""))
    if parsed is None or parsed.practice_id != NIL:
        return None
    with database().transaction(ALONE) as db:
        found = live_operator_sign_in(db, token_hash=parsed.digest, at=real_now())
        if found is None:
            return None
        g.operator = SignedIn(found.id, found.by)
    return Actor(NIL, NIL, frozenset({OPERATOR}))


def is_operator_key(key: str) -> bool:
    """Whether this is the platform's key for operators; compared in constant time."""
    expected = settings().operator_key
    return bool(expected) and hmac.compare_digest(key.encode(), str(expected).encode())


def keep_operator(response: Response, token: str) -> Response:
    """Give the browser its cookie: sent with requests from our own pages only."""
    lasts_s = int(domain.OPERATOR_LONGEST.total_seconds())
    return cookies.keep(response, COOKIE, token, lasts_s=lasts_s, same_site="Strict")


def forget_operator(response: Response) -> Response:
    """Take the cookie back."""
    return cookies.forget(response, COOKIE, same_site="Strict")
