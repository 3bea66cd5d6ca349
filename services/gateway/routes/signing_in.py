"""Signing in, and showing again within a sign-in that it is still you."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import after_this_request, g
from sqlalchemy.orm import Session

from services.gateway import queries
from services.gateway.commands import challenges, passkeys, signing_in
from services.gateway.commands.accounts import start_sign_in
from services.gateway.commands.sign_ins import renew_sign_in
from services.gateway.commands.signing_in import Typed
from services.gateway.context import (
    answered,
    count_try,
    device,
    enter_by_slug,
    forget_tries,
    limit,
    real_now,
    relying_party,
    token_maker,
)
from services.gateway.domain import ProvedBy
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
    enter_by_slug(body["practice"])
    limit("sign_in")
    return new_challenge(challenges.SIGN_IN, None)


@bp.post("/sign-in/passkey")
@bp.arguments(SignInByPasskey)
@bp.response(201, SignInView)
def sign_in_by_passkey(body: dict[str, Any]) -> Any:
    """Sign in with a passkey."""
    enter_by_slug(body["practice"])
    limit("sign_in")
    tokens, at, browser = token_maker(), real_now(), device()

    def command(db: Session) -> UUID:
        person_id = passkeys.check_passkey(
            db,
            challenge_id=body["challenge_id"],
            credential=body["credential"],
            party=relying_party(""),
            at=at,
        )
        return start_sign_in(
            db, person_id=person_id, tokens=tokens, at=at, proved_by=ProvedBy.PASSKEY, device=browser
        )

    with answered(body["challenge_id"], challenges.SIGN_IN, None):
        return signed_in(command)


@bp.post("/sign-in/typed")
@bp.arguments(SignInTyped)
@bp.response(201, SignInView)
def sign_in_typed(body: dict[str, Any]) -> Any:
    """Sign in with an address and a code, a recovery code, or a password. Every no is the same no."""
    enter_by_slug(body["practice"])
    limit("sign_in")
    tokens, at, browser = token_maker(), real_now(), device()
    typed = Typed(body["by"], body["secret"])
    subject = tokens.sign_in_address(current_actor().practice_id, body["email"])
    count_try(subject)
    view = signed_in(
        lambda db: signing_in.sign_in_typed(
            db, email=body["email"], typed=typed, tokens=tokens, at=at, device=browser
        )
    )
    forget_tries(subject)
    return view


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
    tokens, at, sign_in_id = token_maker(), real_now(), g.sign_in_id

    def command(db: Session) -> UUID:
        passkeys.check_passkey(
            db, **body, party=relying_party(""), at=at, person_id=current_actor().person_id
        )
        return renew_sign_in(db, sign_in_id=sign_in_id, proved_by=ProvedBy.PASSKEY, tokens=tokens, at=at)

    with answered(body["challenge_id"], challenges.PROVE, current_actor().person_id):
        return signed_in(command)


@bp.post("/me/proof/typed")
@bp.arguments(ShowAgainTyped)
@bp.response(201, SignInView)
def prove_typed(body: dict[str, Any]) -> Any:
    """Show again that it is me, with a code, a recovery code or a password; the sign-in gets a new token."""
    tokens, at, sign_in_id = token_maker(), real_now(), g.sign_in_id
    subject = b"proof " + current_actor().person_id.bytes
    count_try(subject)
    view = signed_in(
        lambda db: signing_in.show_again(db, sign_in_id=sign_in_id, typed=Typed(**body), tokens=tokens, at=at)
    )
    forget_tries(subject)
    return view


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


def signed_in(command: Any) -> Any:
    """Run a command that signs somebody in, or in anew; the browser gets its token."""
    view = once(command, show=partial(queries.sign_in_view, tokens=token_maker(), at=real_now()))
    after_this_request(lambda response: keep_signed_in(response, view["token"]))
    return view
