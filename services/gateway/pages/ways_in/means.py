"""How one signs in: seen, added to, taken from. The same page sets up the first way of somebody who just came."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, g, request
from sqlalchemy.orm import Session

from services.gateway import domain
from services.gateway.commands import passkeys, passwords
from services.gateway.commands.challenges import REGISTER
from services.gateway.commands.openid import unlink_openid
from services.gateway.context import answered, here, relying_party
from services.gateway.pages import bp
from services.gateway.pages.frame import page
from services.gateway.pages.ways_in.telling import credential, means_of, said, to, with_new_token
from services.gateway.problems import PasskeyRefused, PasswordTooEasy
from shared.errors import Problem
from shared.ids import NIL
from shared.web.context import current_actor, transaction


@bp.get("/ways-in")
def show_means() -> Response:
    return means_page()


def means_page(problem: str = "") -> Response:
    """The page of all ways to sign in; without the bar for somebody who has none yet."""
    with transaction() as db:
        means = means_of(db)
    setting_up = g.sign_in.is_setting_up
    return page(
        "ways_in/means.html",
        is_bare=setting_up,
        is_setting_up=setting_up,
        means=means,
        problem=problem,
        next="",
    )


@bp.post("/ways-in/passkeys")
def add_passkey() -> Response:
    mine = here()
    challenge_id, held = credential()
    name = " ".join(request.form.get("name", "").split())[:60]

    def command(db: Session) -> Any:
        if not name or not name.isprintable():
            raise PasskeyRefused
        return passkeys.add_passkey(
            db,
            person_id=current_actor().person_id,
            challenge_id=challenge_id,
            name=name,
            credential=held,
            party=relying_party(""),
            here=mine,
        )

    return _done(command, lambda: mine.renewed_id, challenge_id)


@bp.post("/ways-in/passkeys/<uuid:passkey_id>/remove")
def remove_passkey(passkey_id: UUID) -> Response:
    person_id = current_actor().person_id
    return _done(lambda db: passkeys.remove_passkey(db, person_id=person_id, passkey_id=passkey_id))


@bp.post("/ways-in/password")
def set_password() -> Response:
    mine, password = here(), request.form.get("password", "")

    def command(db: Session) -> Any:
        if not domain.LEAST_PASSWORD <= len(password) <= domain.MOST_PASSWORD:
            raise PasswordTooEasy
        return passwords.set_password(
            db,
            person_id=current_actor().person_id,
            password=password,
            email=request.form.get("email", "")[:254],
            here=mine,
        )

    return _done(command, lambda: mine.renewed_id)


@bp.post("/ways-in/password/remove")
def remove_password() -> Response:
    person_id = current_actor().person_id
    return _done(lambda db: passwords.remove_password(db, person_id=person_id))


@bp.post("/ways-in/openid/remove")
def unlink_openid_page() -> Response:
    person_id = current_actor().person_id
    return _done(lambda db: unlink_openid(db, person_id=person_id))


def _done(
    command: Callable[[Session], Any],
    renewed_id: Callable[[], UUID | None] = lambda: None,
    challenge_id: UUID = NIL,
) -> Response:
    """Back to the page, or home for somebody who has just set up a first way; or a sentence."""
    try:
        with answered(challenge_id, REGISTER, current_actor().person_id), transaction() as db:
            command(db)
            renewed = means_of(db, renewed_id())["sign_in"]
    except Problem as error:
        return means_page(said(error))
    return with_new_token(to("/" if renewed else "/ways-in"), renewed)
