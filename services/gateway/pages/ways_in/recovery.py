"""Getting back in: asked here, confirmed by somebody who knows the person, finished here."""

from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request
from sqlalchemy.orm import Session

from services.gateway import cookies, queries
from services.gateway.commands import recovery as commands
from services.gateway.context import (
    device,
    enter_by_slug,
    limit,
    real_now,
    token_maker,
)
from services.gateway.identity import keep_signed_in
from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.frame import page
from services.gateway.pages.ways_in.telling import said
from services.gateway.routes.recovery import confirm, enter_recovery
from services.gateway.upstream import Refused
from shared.errors import NotFound, Problem
from shared.web.context import current_actor, transaction

COOKIE = "__Host-attune-recovery"
_LASTS_S = 86400


@bp.get("/recovery")
def show_recovery() -> Response:
    return page("ways_in/recovery.html", is_bare=True, practice=request.args.get("practice", ""))


@bp.post("/recovery")
def ask_recovery() -> Response:
    enter_by_slug(request.form.get("practice", "").strip().lower())
    limit("sign_in")
    tokens = token_maker()
    with transaction() as db:
        made = commands.ask_recovery(db, tokens=tokens, at=real_now())
        asked = queries.asked_recovery_view(db, made, tokens=tokens)
    shown = page("ways_in/recovery.html", is_bare=True, asked=asked)
    return cookies.keep(shown, COOKIE, asked["device_token"], lasts_s=_LASTS_S)


@bp.get("/recovery/<string:link>")
def show_recovery_link(link: str) -> Response:
    """Only asks: a program that looks at links in mails uses nothing up."""
    enter_recovery(link)
    return page("ways_in/recovery.html", is_bare=True, link=link)


@bp.post("/recovery/<string:link>")
def finish_recovery(link: str) -> Response:
    enter_recovery(link)
    tokens, at, held = token_maker(), real_now(), request.cookies.get(COOKIE, "")
    try:
        with transaction() as db:
            made = commands.finish_recovery(
                db, device=held, link=link, tokens=tokens, at=at, browser=device()
            )
            view = queries.sign_in_view(db, made, tokens=tokens, at=at)
    except NotFound:  # whatever the reason: the same page for every link, known or not
        texts = page_texts(language())
        return page("ways_in/recovery.html", is_bare=True, link=link, problem=texts["recovery_elsewhere"])
    response = keep_signed_in(make_response(redirect("/ways-in", 303)), view["token"])
    return cookies.forget(response, COOKIE)


@bp.get("/back-in")
def show_confirm_recovery() -> Response:
    return _confirm_page()


@bp.post("/back-in")
def confirm_recovery() -> Response:
    """The person stands before whoever asks: their old ways in end, and a link goes to them."""
    try:
        person_id = UUID(request.form.get("person_id", ""))
    except ValueError:
        raise NotFound from None
    try:
        confirm(person_id=person_id, code=request.form.get("code", "")[:30])
    except NotFound:
        raise
    except (Problem, Refused) as error:
        return _confirm_page(problem=said(error), typed=request.form)
    return _confirm_page(is_done=True)


def _confirm_page(**values: Any) -> Response:
    with transaction() as db:
        candidates = _candidates(db)
    return page("ways_in/confirm_recovery.html", candidates=candidates, **values)


def _candidates(db: Session) -> list[tuple[str, str]]:
    """Whom the reader may confirm, by name."""
    actor = current_actor()
    return [
        (str(one.person_id), one.display_name or str(one.person_id))
        for one in queries.people(db)
        if one.person_id != actor.person_id and queries.may_confirm_recovery(db, actor, one.person_id)
    ]
