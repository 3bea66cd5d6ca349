"""Setting up the codes of an app: a picture for its camera, the first code, and ten recovery codes to keep."""

from io import BytesIO
from typing import Any
from uuid import UUID

import segno
from flask import Response, g, request
from sqlalchemy.orm import Session

from services.gateway import queries
from services.gateway.commands import one_time_passwords as commands
from services.gateway.commands.means import Here
from services.gateway.context import here, real_now
from services.gateway.pages import bp
from services.gateway.pages.frame import page
from services.gateway.pages.ways_in.means import means_page
from services.gateway.pages.ways_in.telling import means_of, said, to, with_new_token
from shared.errors import Problem
from shared.web.context import current_actor, transaction


@bp.post("/ways-in/codes")
def begin_codes() -> Response:
    person_id = current_actor().person_id
    try:
        with transaction() as db:
            commands.begin_one_time_password(db, person_id=person_id, at=real_now())
            waiting = _waiting(db)
    except Problem as error:
        return means_page(said(error))
    return _codes_page(waiting)


@bp.post("/ways-in/codes/confirm")
def confirm_codes() -> Response:
    mine = here()
    try:
        with transaction() as db:
            made_for = commands.confirm_one_time_password(
                db,
                person_id=current_actor().person_id,
                code=request.form.get("code", "")[:12],
                email=request.form.get("email", "")[:254],
                here=mine,
            )
            return _shown_once(db, made_for, mine)
    except Problem as error:
        problem = said(error)
    with transaction() as db:
        waiting = _waiting(db)
    return _codes_page(waiting, problem=problem, typed=request.form)


@bp.post("/ways-in/codes/renew")
def renew_codes() -> Response:
    mine, person_id = here(), current_actor().person_id
    try:
        with transaction() as db:
            made_for = commands.renew_codes(db, person_id=person_id, tokens=mine.tokens, at=mine.at)
            return _shown_once(db, made_for, mine)
    except Problem as error:
        return means_page(said(error))


@bp.post("/ways-in/codes/remove")
def remove_codes() -> Response:
    try:
        with transaction() as db:
            commands.remove_one_time_password(db, person_id=current_actor().person_id)
    except Problem as error:
        return means_page(said(error))
    return to("/ways-in")


def _waiting(db: Session) -> dict[str, str]:
    name = queries.practice_view(db, current_actor().practice_id)["name"]
    return commands.waiting_secret(db, person_id=current_actor().person_id, issuer=name)


def _shown_once(db: Session, made_for: UUID, mine: Here) -> Response:
    codes = commands.recovery_codes(db, made_for, mine.tokens)
    renewed = means_of(db, mine.renewed_id)["sign_in"]
    return with_new_token(page("ways_in/recovery_codes.html", is_bare=True, codes=codes), renewed)


def _codes_page(waiting: dict[str, str], **values: Any) -> Response:
    setting_up = g.sign_in.is_setting_up
    picture = picture_of(waiting["uri"])
    return page("ways_in/codes.html", is_bare=setting_up, waiting=waiting, picture=picture, **values)


def picture_of(uri: str) -> str:
    """A QR code as SVG markup without a style of its own: dark on light, whatever the page's colours."""
    held = BytesIO()
    segno.make(uri, error="m").save(
        held, kind="svg", xmldecl=False, svgns=True, scale=5, border=4, light="#fff", dark="#000", nl=False
    )
    return held.getvalue().decode()
