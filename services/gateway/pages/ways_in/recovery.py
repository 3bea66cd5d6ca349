"""Getting back in: asked here, confirmed by somebody who knows the person, finished here."""

from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request
from sqlalchemy.orm import Session

from services.gateway import cookies, queries
from services.gateway.ceremonies import Command
from services.gateway.ceremonies import recovery as ceremonies
from services.gateway.ceremonies.links import enter_by_link
from services.gateway.context import token_maker
from services.gateway.identity import keep_signed_in
from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.frame import page
from services.gateway.pages.known import known_practice
from services.gateway.pages.signed_in import signed_in
from services.gateway.pages.ways_in.telling import wrong_with
from services.gateway.upstream import Refused
from shared.errors import NotFound, Problem
from shared.web.context import current_actor, transaction

COOKIE = "__Host-attune-recovery"
_LASTS_S = 86400


@bp.get("/recovery")
def show_recovery() -> Response:
    known = known_practice(request.args.get("practice", ""))
    return page("ways_in/recovery.html", is_bare=True, **known)


@bp.post("/recovery")
def ask_recovery() -> Response:
    practice = request.form.get("practice", "").strip().lower()
    try:
        asked = ceremonies.ask_recovery(_asked, practice=practice)
    except NotFound:
        errors = {"practice": page_texts(language())["practice_unknown"]}
        return page("ways_in/recovery.html", is_bare=True, errors=errors, typed=request.form)
    shown = page("ways_in/recovery.html", is_bare=True, asked=asked)
    return cookies.keep(shown, COOKIE, asked["device_token"], lasts_s=_LASTS_S)


@bp.get("/recovery/<string:link>")
def show_recovery_link(link: str) -> Response:
    """Only asks: a program that looks at links in mails uses nothing up."""
    enter_by_link(link)
    return page("ways_in/recovery.html", is_bare=True, link=link)


@bp.post("/recovery/<string:link>")
def finish_recovery(link: str) -> Response:
    enter_by_link(link)
    try:
        view = ceremonies.finish_recovery(signed_in, link=link, device_token=request.cookies.get(COOKIE, ""))
    except NotFound:  # whatever the reason: the same page for every link, known or not
        texts = page_texts(language())
        return page("ways_in/recovery.html", is_bare=True, link=link, problem=texts["recovery_elsewhere"])
    response = keep_signed_in(make_response(redirect("/ways-in", 303)), view)
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
        ceremonies.confirm_recovery(person_id=person_id, code=request.form.get("code", "")[:30])
    except NotFound:
        raise
    except (Problem, Refused) as error:
        return _confirm_page(**wrong_with(error))
    return _confirm_page(is_done=True)


def _asked(command: Command) -> dict[str, Any]:
    with transaction() as db:
        return queries.asked_recovery_view(db, command(db), tokens=token_maker())


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
