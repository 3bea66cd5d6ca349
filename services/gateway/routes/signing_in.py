"""Signing in, and showing again within a sign-in that it is still you."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import after_this_request
from sqlalchemy.orm import Session

from services.gateway import queries
from services.gateway.ceremonies import Command
from services.gateway.ceremonies import signing_in as ceremonies
from services.gateway.ceremonies.signing_in import enter_to_sign_in
from services.gateway.commands import challenges, passkeys
from services.gateway.commands.signing_in import Typed
from services.gateway.context import real_now, relying_party, token_maker
from services.gateway.identity import keep_signed_in
from services.gateway.routes import bp
from services.gateway.schemas import SignInView
from services.gateway.sign_in_schemas import (
    NewPasskeyView,
    ShowAgainPasskey,
    ShowAgainTyped,
    SignInByPasskey,
    SignInChallenge,
    SignInTyped,
)
from shared.web.context import current_actor
from shared.web.idempotency import once
from shared.web.schemas import Nothing


@bp.post("/sign-in/passkey/challenge")
@bp.arguments(SignInChallenge)
@bp.response(201, NewPasskeyView)
def begin_sign_in(body: dict[str, Any]) -> Any:
    """What the browser needs to ask for a passkey: for any account, it does not say which there are."""
    enter_to_sign_in(body["practice"])
    return new_challenge(challenges.SIGN_IN, None)


@bp.post("/sign-in/passkey")
@bp.arguments(SignInByPasskey)
@bp.response(201, SignInView)
def sign_in_by_passkey(body: dict[str, Any]) -> Any:
    """Sign in with a passkey."""
    return ceremonies.sign_in_by_passkey(signed_in, **body)


@bp.post("/sign-in/typed")
@bp.arguments(SignInTyped)
@bp.response(201, SignInView)
def sign_in_typed(body: dict[str, Any]) -> Any:
    """Sign in with an address and a code, a recovery code, or a password. Every no is the same no."""
    typed = Typed(body["by"], body["secret"])
    return ceremonies.sign_in_typed(signed_in, practice=body["practice"], email=body["email"], typed=typed)


@bp.post("/me/proof/challenge")
@bp.arguments(Nothing)
@bp.response(201, NewPasskeyView)
def begin_proof(_: dict[str, Any]) -> Any:
    """What the browser needs to ask for one of my own passkeys again."""
    return new_challenge(challenges.PROVE, current_actor().person_id)


@bp.post("/me/proof/passkey")
@bp.arguments(ShowAgainPasskey)
@bp.response(201, SignInView)
def prove_by_passkey(body: dict[str, Any]) -> Any:
    """Show again that it is me, with a passkey; the sign-in gets a new token."""
    return ceremonies.prove_by_passkey(signed_in, **body)


@bp.post("/me/proof/typed")
@bp.arguments(ShowAgainTyped)
@bp.response(201, SignInView)
def prove_typed(body: dict[str, Any]) -> Any:
    """Show again that it is me, with a code, a recovery code or a password; the sign-in gets a new token."""
    return ceremonies.prove_typed(signed_in, typed=Typed(**body))


def new_challenge(purpose: str, person_id: UUID | None) -> Any:
    """A challenge for a passkey: of anybody, or of one person who is signed in."""
    at = real_now()

    def show(db: Session, challenge_id: UUID) -> dict[str, Any]:
        options = passkeys.authentication_options(
            db, challenge_id, party=relying_party(""), person_id=person_id
        )
        return {"challenge_id": challenge_id, "options": options}

    return once(
        lambda db: challenges.make_challenge(db, purpose=purpose, person_id=person_id, at=at), show=show
    )


def signed_in(command: Command) -> Any:
    """Run a command that signs somebody in, or in anew; the browser gets its token."""
    view = once(command, show=partial(queries.sign_in_view, tokens=token_maker(), at=real_now()))
    after_this_request(lambda response: keep_signed_in(response, view))
    return view
