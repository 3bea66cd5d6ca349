"""How one signs in: seen, added to, taken from. The same page sets up the first way of somebody who just came."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, g, request

from services.gateway import domain
from services.gateway.ceremonies import Command
from services.gateway.ceremonies import means as ceremonies
from services.gateway.commands import passkeys, passwords
from services.gateway.commands.means import Here
from services.gateway.commands.openid import unlink_openid
from services.gateway.context import here
from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.frame import page
from services.gateway.pages.ways_in.telling import credential, means_of, to, with_new_token, wrong_with
from services.gateway.problems import PasskeyRefused
from shared.errors import Problem
from shared.web.context import current_actor, transaction


@bp.get("/ways-in")
def show_means() -> Response:
    return means_page()


def means_page(**wrong: Any) -> Response:
    """The page of all ways to sign in; without the bar for somebody who has none yet. `wrong`: with a form of it."""
    with transaction() as db:
        means = means_of(db)
    setting_up = g.sign_in.is_setting_up
    return page(
        "ways_in/means.html",
        is_bare=setting_up,
        is_setting_up=setting_up,
        means=means,
        next="",
        **wrong,
    )


@bp.post("/ways-in/passkeys")
def add_passkey() -> Response:
    mine = here()
    challenge_id, held = credential()
    name = " ".join(request.form.get("name", "").split())[:60]

    def run(command: Command) -> Response:
        if not name or not name.isprintable():
            raise PasskeyRefused
        return done(mine, command)

    return _or_said(
        lambda: ceremonies.add_passkey(run, mine, challenge_id=challenge_id, name=name, credential=held)
    )


@bp.post("/ways-in/passkeys/<uuid:passkey_id>/remove")
def remove_passkey(passkey_id: UUID) -> Response:
    person_id, mine = current_actor().person_id, here()
    return _changed(
        mine, lambda db: passkeys.remove_passkey(db, person_id=person_id, passkey_id=passkey_id, here=mine)
    )


@bp.post("/ways-in/password")
def set_password() -> Response:
    mine, password, email = here(), request.form.get("password", ""), request.form.get("email", "")[:254]

    if not domain.LEAST_PASSWORD <= len(password) <= domain.MOST_PASSWORD:
        bounds = page_texts(language())["password_length"]
        return means_page(errors={"password": bounds}, typed=request.form)
    return _or_said(
        lambda: ceremonies.set_password(partial(done, mine), mine, password=password, email=email)
    )


@bp.post("/ways-in/password/remove")
def remove_password() -> Response:
    person_id, mine = current_actor().person_id, here()
    return _changed(mine, lambda db: passwords.remove_password(db, person_id=person_id, here=mine))


@bp.post("/ways-in/openid/remove")
def unlink_openid_page() -> Response:
    person_id, mine = current_actor().person_id, here()
    return _changed(mine, lambda db: unlink_openid(db, person_id=person_id, here=mine))


def _changed(mine: Here, command: Command) -> Response:
    return _or_said(lambda: done(mine, command))


def done(mine: Here, command: Command) -> Response:
    """Back to the page, or home for somebody who has just set up a first way."""
    with transaction() as db:
        command(db)
        renewed = means_of(db, mine.renewed_id)["sign_in"]
    return with_new_token(to("/" if renewed else "/ways-in"), renewed)


def _or_said(change: Callable[[], Response]) -> Response:
    """What comes of it, or the page with a sentence."""
    try:
        return change()
    except Problem as error:
        return means_page(**wrong_with(error))
