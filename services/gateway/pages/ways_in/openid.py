"""Leaving for the practice's own sign-in, and coming back from it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Response, g, request

from services.gateway import cookies, queries
from services.gateway.commands import openid as commands
from services.gateway.context import (
    device,
    enter_by_id,
    enter_by_slug,
    here,
    limit,
    real_now,
    token_maker,
)
from services.gateway.identity import keep_signed_in
from services.gateway.pages import bp
from services.gateway.pages.frame import home_of, page
from services.gateway.pages.kept import NOTHING_KEPT, carried
from services.gateway.pages.known import is_partners
from services.gateway.pages.problem import sign_in_page
from services.gateway.pages.ways_in.asking import proof_page
from services.gateway.pages.ways_in.means import means_page
from services.gateway.pages.ways_in.other_tab import OTHER_TAB
from services.gateway.pages.ways_in.telling import (
    actor_of,
    means_of,
    said,
    to,
    wanted_page,
    with_new_token,
)
from services.gateway.problems import SignInRefused
from services.gateway.routes.openid import LINK, PROVE, SIGN_IN, begin, seen_by
from shared.errors import NotSignedIn, Problem
from shared.ids import NIL
from shared.web.context import current_actor, transaction

COOKIE = "__Host-attune-openid"
_LASTS_S = 600


@bp.post("/sign-in/openid")
def begin_openid_sign_in() -> Response:
    kept = carried()
    try:
        enter_by_slug(request.form.get("practice", ""))
        limit("sign_in")
        return _leave(SIGN_IN, None, kept["kept_path"], kept)
    except Problem as error:
        return sign_in_page(practice=request.form.get("practice", ""), problem=said(error), **kept)


@bp.post("/ways-in/openid")
def begin_openid_link() -> Response:
    try:
        return _leave(LINK, current_actor().person_id, wanted_page())
    except Problem as error:
        return means_page(said(error))


@bp.post("/is-it-you/openid")
def begin_openid_proof() -> Response:
    kept = carried()
    try:
        return _leave(PROVE, current_actor().person_id, kept["kept_path"] or wanted_page(), kept)
    except Problem as error:
        return proof_page(said(error), **kept)


@bp.get("/sign-in/openid/callback")
def finish_openid() -> Response:
    """Back from the provider, in the browser that left: what it keeps says why, and is used once."""
    practice_id, purpose, binding, path = _left_behind()
    actor = current_actor()
    if purpose == SIGN_IN:
        enter_by_id(practice_id)
        limit("sign_in")
    elif actor.practice_id == NIL:
        raise NotSignedIn
    person_id = None if purpose == SIGN_IN else actor.person_id
    seen = seen_by(
        purpose,
        person_id,
        state=_state(),
        binding=binding,
        code=request.args.get("code", "")[:2000],
    )
    tokens, at = token_maker(), real_now()
    with transaction() as db:
        if purpose == LINK:
            mine = here()
            commands.link_openid(db, person_id=actor.person_id, seen=seen, here=mine)
            view = means_of(db, mine.renewed_id)["sign_in"]
            response = with_new_token(to("/" if view else "/ways-in"), view)
        elif purpose == PROVE:
            made = commands.prove_by_openid(db, sign_in_id=g.sign_in_id, seen=seen, tokens=tokens, at=at)
            view = queries.sign_in_view(db, made, tokens=tokens, at=at)
            response = with_new_token(to(path), view)
        else:
            made = commands.sign_in_by_openid(db, seen=seen, tokens=tokens, at=at, device=device())
            view = queries.sign_in_view(db, made, tokens=tokens, at=at)
            home = home_of(actor_of(view))
            response = keep_signed_in(to(path if path not in ("", "/") else home), view["token"])
    return cookies.forget(response, COOKIE)


def _leave(
    purpose: str, person_id: UUID | None, path: str, kept: Mapping[str, Any] = NOTHING_KEPT
) -> Response:
    """The page that leads there. Words that were kept of a form stay on it, while a second tab goes and comes back."""
    with transaction() as db:
        left = begin(db, purpose, person_id)
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
