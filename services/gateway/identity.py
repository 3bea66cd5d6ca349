"""Who asks the gateway: a session token in a header or in the cookie, a practice's key, the operator, or the public."""

from typing import Any

from flask import Response, g, request

from services.gateway import cookies, domain, policy, tokens
from services.gateway.commands.accounts import live_sign_in
from services.gateway.context import Facts, check_proof, database, practice_of_slug, real_now, settings
from services.gateway.guessing import keep_device
from services.gateway.keys import actor_of_key, is_key
from services.gateway.operators import is_operator_key, signed_in_operator
from services.gateway.problems import CrossSite, PracticeNotNamed, SetUpFirst
from shared.db.tenancy import Scope
from shared.errors import NotFound, NotSignedIn
from shared.ids import NIL
from shared.web.actor import OPERATOR, PUBLIC, Actor, public_actor

COOKIE = "__Host-attune"
PAGES = "pages"
"""The blueprint whose requests come from forms of ours."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def identify() -> Actor:
    """The actor of this request. Raises NotSignedIn, NotFound, PracticeNotNamed, CrossSite, SetUpFirst, StepUpNeeded.

    The public's actor has no practice yet: its route enters the one that its address or body names.
    """
    endpoint = request.endpoint or ""
    rule = policy.POLICY.get(endpoint)
    if rule is not None and rule.roles == {PUBLIC}:
        return public_actor(NIL)
    if endpoint in policy.OF_OPERATORS and (operator := signed_in_operator()):
        return operator
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Operator" and endpoint not in policy.OF_OPERATORS:
        return _operator(secret, endpoint)
    if scheme == "Bearer" and is_key(secret):
        return actor_of_key(secret)
    if scheme == "Bearer":
        return _signed_in(secret, endpoint)
    if scheme:
        raise NotSignedIn
    cookie = request.cookies.get(COOKIE)
    if endpoint in policy.OPTIONAL_SIGN_IN:
        try:
            return _signed_in(cookie or "", endpoint)
        except NotSignedIn:
            return public_actor(NIL)
    if not cookie:
        raise NotSignedIn
    check_same_site()
    return _signed_in(cookie, endpoint)


def keep_signed_in(response: Response, view: dict[str, Any]) -> Response:
    """Give the browser the cookie of a sign-in, and one of its own, which stays."""
    cookies.keep(response, COOKIE, view["token"], lasts_s=int(domain.LONGEST.total_seconds()))
    return keep_device(response, view["person_id"])


def forget_sign_in(response: Response) -> Response:
    """Take the cookie back."""
    return cookies.forget(response, COOKIE)


def _operator(key: str, endpoint: str) -> Actor:
    if not is_operator_key(key):
        raise NotSignedIn
    slug = request.headers.get("Attune-Practice")
    if slug is None:
        if endpoint not in policy.WITHOUT_PRACTICE:
            raise PracticeNotNamed
        return Actor(NIL, NIL, frozenset({OPERATOR}))
    practice_id = practice_of_slug(slug)
    if practice_id is None:
        raise NotFound
    return Actor(practice_id, NIL, frozenset({OPERATOR}))


def _signed_in(token: str, endpoint: str) -> Actor:
    parsed = tokens.parse(token)
    if parsed is None:
        raise NotSignedIn
    with database().transaction(Scope(parsed.practice_id, None, "sign_in")) as db:
        found = live_sign_in(db, token_hash=parsed.digest, at=real_now())
        if found is None:
            raise NotSignedIn
        sign_in, account = found
        g.sign_in_id = sign_in.id
        g.sign_in = Facts(sign_in.proved_at, sign_in.proved_by, sign_in.is_setting_up)
    actor = Actor(parsed.practice_id, account.person_id, frozenset(account.roles))
    if g.sign_in.is_setting_up:
        if endpoint not in policy.WHILE_SETTING_UP:
            raise SetUpFirst
    elif endpoint in policy.NEED_PROOF and policy.POLICY[endpoint].admits_role(actor):
        check_proof(actor.practice_id)
    return actor


def check_same_site() -> None:
    """A cookie proves nothing about who made the browser send it: unsafe requests must come from our pages."""
    if request.method in _SAFE:
        return
    ours = frozenset({domain.origin_of(settings().public_url), domain.origin_of(request.host_url)})
    if not domain.is_from_our_own_page(
        fetch_site=request.headers.get("Sec-Fetch-Site"), origin=request.headers.get("Origin"), ours=ours
    ):
        raise CrossSite
