"""How one signs in: passkeys, one-time passwords with their recovery codes, a password."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import after_this_request
from sqlalchemy.orm import Session

from services.gateway import queries
from services.gateway.ceremonies import Command
from services.gateway.ceremonies import means as ceremonies
from services.gateway.commands import challenges, one_time_passwords, passkeys, passwords
from services.gateway.commands.means import Here
from services.gateway.context import here, real_now, relying_party, token_maker
from services.gateway.identity import keep_signed_in
from services.gateway.routes import bp
from services.gateway.sign_in_schemas import (
    AddPasskey,
    ConfirmOneTimePassword,
    MeansView,
    NewPasskeyView,
    OneTimePasswordView,
    RecoveryCodesView,
    SetPassword,
)
from shared.web.context import current_actor, transaction
from shared.web.idempotency import once
from shared.web.schemas import Nothing


@bp.get("/me/means")
@bp.response(200, MeansView)
def show_means() -> Any:
    """How I sign in."""
    with transaction() as db:
        return _means(db)


@bp.post("/me/passkeys/challenge")
@bp.arguments(Nothing)
@bp.response(201, NewPasskeyView)
def begin_passkey(_: dict[str, Any]) -> Any:
    """What the browser needs to make a passkey."""
    person_id, at = current_actor().person_id, real_now()

    def show(db: Session, challenge_id: UUID) -> dict[str, Any]:
        name = queries.practice_view(db, current_actor().practice_id)["name"]
        label = queries.account(db, person_id).display_name or name
        options = passkeys.registration_options(
            db, challenge_id, person_id=person_id, label=label, party=relying_party(name)
        )
        return {"challenge_id": challenge_id, "options": options}

    return once(
        lambda db: challenges.make_challenge(db, purpose=challenges.REGISTER, person_id=person_id, at=at),
        show=show,
    )


@bp.post("/me/passkeys")
@bp.arguments(AddPasskey)
@bp.response(201, MeansView)
def add_passkey(body: dict[str, Any]) -> Any:
    """Sign in with this passkey from now on."""
    mine = here()
    return ceremonies.add_passkey(partial(means_changed, mine), mine, **body)


@bp.post("/me/passkeys/<uuid:passkey_id>/remove")
@bp.arguments(Nothing)
@bp.response(200, MeansView)
def remove_passkey(_: dict[str, Any], passkey_id: UUID) -> Any:
    """Sign in with this passkey no more."""
    person_id, mine = current_actor().person_id, here()
    return means_changed(
        mine, lambda db: passkeys.remove_passkey(db, person_id=person_id, passkey_id=passkey_id, here=mine)
    )


@bp.post("/me/one-time-password")
@bp.arguments(Nothing)
@bp.response(201, OneTimePasswordView)
def begin_one_time_password(_: dict[str, Any]) -> Any:
    """A secret for an app that shows codes; it counts once a code of it was right."""
    show = partial(once, show=lambda db, _: ceremonies.waiting_secret(db))
    return ceremonies.begin_one_time_password(show)


@bp.post("/me/one-time-password/confirm")
@bp.arguments(ConfirmOneTimePassword)
@bp.response(200, RecoveryCodesView)
def confirm_one_time_password(body: dict[str, Any]) -> Any:
    """The app shows this code: sign in with it from now on. Ten recovery codes come with it."""
    mine = here()
    return ceremonies.confirm_one_time_password(partial(_with_codes, mine), mine, **body)


@bp.post("/me/recovery-codes")
@bp.arguments(Nothing)
@bp.response(201, RecoveryCodesView)
def renew_recovery_codes(_: dict[str, Any]) -> Any:
    """Ten new recovery codes; those before stop working."""
    mine = here()
    return ceremonies.renew_codes(partial(_with_codes, mine), mine)


@bp.post("/me/one-time-password/remove")
@bp.arguments(Nothing)
@bp.response(200, MeansView)
def remove_one_time_password(_: dict[str, Any]) -> Any:
    """Sign in with codes no more."""
    person_id, mine = current_actor().person_id, here()
    return means_changed(
        mine, lambda db: one_time_passwords.remove_one_time_password(db, person_id=person_id, here=mine)
    )


@bp.post("/me/password")
@bp.arguments(SetPassword)
@bp.response(200, MeansView)
def set_password(body: dict[str, Any]) -> Any:
    """Sign in with this password from now on, where the practice takes passwords."""
    mine = here()
    return ceremonies.set_password(partial(means_changed, mine), mine, **body)


@bp.post("/me/password/remove")
@bp.arguments(Nothing)
@bp.response(200, MeansView)
def remove_password(_: dict[str, Any]) -> Any:
    """Sign in with a password no more."""
    person_id, mine = current_actor().person_id, here()
    return means_changed(mine, lambda db: passwords.remove_password(db, person_id=person_id, here=mine))


def means_changed(mine: Here, command: Command) -> Any:
    """Run a command that changes how somebody signs in: all their ways afterwards."""
    view = once(command, show=lambda db, _: _means(db, mine))
    return _kept(view)


def _with_codes(mine: Here, command: Command) -> Any:
    def show(db: Session, made_for: UUID) -> dict[str, Any]:
        codes = one_time_passwords.recovery_codes(db, made_for, mine.tokens)
        return {**_means(db, mine), "recovery_codes": codes}

    return _kept(once(command, show=show))


def _means(db: Session, mine: Here | None = None) -> dict[str, Any]:
    show = partial(queries.means_view, tokens=token_maker(), at=real_now())
    return show(db, current_actor().person_id, renewed_id=mine.renewed_id if mine else None)


def _kept(view: dict[str, Any]) -> dict[str, Any]:
    """Whoever was setting up is signed in now: their browser gets the new token."""
    if renewed := view["sign_in"]:
        after_this_request(lambda response: keep_signed_in(response, renewed))
    return view
