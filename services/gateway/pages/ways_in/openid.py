"""Leaving for the practice's own sign-in, and coming back from it."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Response, request

from services.gateway import cookies
from services.gateway.ceremonies import openid as ceremonies
from services.gateway.ceremonies.openid import LINK, PROVE, SIGN_IN, Back
from services.gateway.ceremonies.signing_in import enter_to_sign_in
from services.gateway.context import enter_by_id, here
from services.gateway.guessing import limit_sign_in
from services.gateway.identity import keep_signed_in
from services.gateway.pages import bp
from services.gateway.pages.frame import home_of, page
from services.gateway.pages.kept import NOTHING_KEPT, carried
from services.gateway.pages.known import is_partners
from services.gateway.pages.problem import sign_in_page
from services.gateway.pages.signed_in import actor_of, signed_in
from services.gateway.pages.ways_in.asking import proof_page
from services.gateway.pages.ways_in.means import done, means_page
from services.gateway.pages.ways_in.other_tab import OTHER_TAB
from services.gateway.pages.ways_in.telling import said, to, wanted_page, with_new_token, wrong_with
from services.gateway.problems import SignInRefused
from shared.errors import NotSignedIn, Problem
from shared.ids import NIL
from shared.web.context import current_actor, transaction

COOKIE = "__Host-attune-openid"
_LASTS_S = 600


@bp.post("/sign-in/openid")
def begin_openid_sign_in() -> Response:
    kept = carried()
    try:
        enter_to_sign_in(request.form.get("practice", ""))
        return _leave(SIGN_IN, kept["kept_path"], kept)
    except Problem as error:
        return sign_in_page(practice=request.form.get("practice", ""), problem=said(error), **kept)


@bp.post("/ways-in/openid")
def begin_openid_link() -> Response:
    try:
        return _leave(LINK, wanted_page())
    except Problem as error:
        return means_page(**wrong_with(error))


@bp.post("/is-it-you/openid")
def begin_openid_proof() -> Response:
    kept = carried()
    try:
        return _leave(PROVE, kept["kept_path"] or wanted_page(), kept)
    except Problem as error:
        return proof_page(said(error), **kept)


@bp.get("/sign-in/openid/callback/<uuid:practice_id>")
def finish_openid(practice_id: UUID) -> Response:
    """Back from the provider, in the browser that left: what it keeps says why, and is used once.

    The address is that of one practice: a browser that left for another's provider has nothing to finish there.
    """
    left_from, purpose, binding, path = _left_behind()
    if left_from != practice_id:
        raise SignInRefused
    if purpose == SIGN_IN:
        enter_by_id(practice_id)
        limit_sign_in()
    elif current_actor().practice_id == NIL:
        raise NotSignedIn
    back = Back(_state(), binding, request.args.get("code", "")[:2000])
    if purpose == LINK:
        mine = here()
        response = ceremonies.link_openid(partial(done, mine), mine, back)
    elif purpose == PROVE:
        view = ceremonies.prove_by_openid(signed_in, back)
        response = with_new_token(to(path), view)
    else:
        view = ceremonies.sign_in_by_openid(signed_in, back)
        home = home_of(actor_of(view))
        response = keep_signed_in(to(path if path not in ("", "/") else home), view)
    return cookies.forget(response, COOKIE)


def _leave(purpose: str, path: str, kept: Mapping[str, Any] = NOTHING_KEPT) -> Response:
    """The page that leads there. Words that were kept of a form stay on it, while a second tab goes and comes back."""
    with transaction() as db:
        left = ceremonies.begun(db, ceremonies.begin(db, purpose), purpose)
    trip = left.go()
    shown = page(
        "ways_in/leave_for.html",
        is_bare=True,
        url=trip["url"],
        host=urlsplit(trip["url"]).netloc,
        practice=request.form.get("practice", ""),
        is_partners=is_partners(),
        **kept,
    )
    back_to = OTHER_TAB if kept["kept"] else path
    left_behind = "|".join((str(current_actor().practice_id), purpose, trip["binding"], back_to))
    return cookies.keep(shown, COOKIE, left_behind, lasts_s=_LASTS_S)


def _left_behind() -> tuple[UUID, str, str, str]:
    """Practice, purpose, binding and page of the trip that this browser left for. Raises SignInRefused."""
    try:
        practice_id, purpose, binding, path = request.cookies.get(COOKIE, "").split("|", 3)
        if purpose in (SIGN_IN, LINK, PROVE):
            return UUID(practice_id), purpose, binding, path
    except ValueError:
        pass
    raise SignInRefused


def _state() -> UUID:
    try:
        return UUID(request.args.get("state", ""))
    except ValueError:
        raise SignInRefused from None
