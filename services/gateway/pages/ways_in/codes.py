"""Setting up the codes of an app: a picture for its camera, the first code, and ten recovery codes to keep."""

from functools import partial
from io import BytesIO
from typing import Any

import segno
from flask import Response, g, request

from services.gateway.ceremonies import Command
from services.gateway.ceremonies import means as ceremonies
from services.gateway.commands import one_time_passwords as commands
from services.gateway.commands.means import Here
from services.gateway.context import here
from services.gateway.pages import bp
from services.gateway.pages.frame import page
from services.gateway.pages.ways_in.means import means_page
from services.gateway.pages.ways_in.telling import means_of, to, with_new_token, wrong_with
from shared.errors import Problem
from shared.web.context import current_actor, transaction


@bp.post("/ways-in/codes")
def begin_codes() -> Response:
    def run(command: Command) -> dict[str, str]:
        with transaction() as db:
            command(db)
            return ceremonies.waiting_secret(db)

    try:
        waiting = ceremonies.begin_one_time_password(run)
    except Problem as error:
        return means_page(**wrong_with(error))
    return _codes_page(waiting)


@bp.post("/ways-in/codes/confirm")
def confirm_codes() -> Response:
    mine, code, email = here(), request.form.get("code", "")[:12], request.form.get("email", "")[:254]
    try:
        return ceremonies.confirm_one_time_password(partial(_shown_once, mine), mine, code=code, email=email)
    except Problem as error:
        wrong = wrong_with(error)
    with transaction() as db:
        waiting = ceremonies.waiting_secret(db)
    return _codes_page(waiting, **wrong)


@bp.post("/ways-in/codes/renew")
def renew_codes() -> Response:
    mine = here()
    try:
        return ceremonies.renew_codes(partial(_shown_once, mine), mine)
    except Problem as error:
        return means_page(**wrong_with(error))


@bp.post("/ways-in/codes/remove")
def remove_codes() -> Response:
    try:
        with transaction() as db:
            commands.remove_one_time_password(db, person_id=current_actor().person_id, here=here())
    except Problem as error:
        return means_page(**wrong_with(error))
    return to("/ways-in")


def _shown_once(mine: Here, command: Command) -> Response:
    with transaction() as db:
        codes = commands.recovery_codes(db, command(db), mine.tokens)
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
