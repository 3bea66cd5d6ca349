"""Signing in, and showing again within a sign-in that it is still you: with a passkey, or with what one types."""

from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy.orm import Session

from services.gateway.ceremonies import Run, T
from services.gateway.commands import accounts, passkeys, signing_in
from services.gateway.commands.accounts import start_sign_in
from services.gateway.commands.challenges import PROVE, SIGN_IN
from services.gateway.commands.sign_ins import renew_sign_in
from services.gateway.commands.signing_in import Typed
from services.gateway.context import (
    answered,
    device,
    enter_by_slug,
    real_now,
    relying_party,
    token_maker,
)
from services.gateway.domain import ProvedBy
from services.gateway.guessing import counted, limit_sign_in
from shared.web.context import current_actor


def enter_to_sign_in(practice: str) -> None:
    """Somebody signs in at the practice of this slug. Raises NotFound, TooManyRequests."""
    enter_by_slug(practice)
    limit_sign_in()


def sign_in_typed(run: Run[T], *, practice: str, email: str, typed: Typed) -> T:
    """Sign in with an address and what was typed. Raises NotFound, TooManyRequests, TriedTooOften, SignInRefused."""
    enter_to_sign_in(practice)
    tokens, at, browser = token_maker(), real_now(), device()

    def command(db: Session) -> UUID:
        return signing_in.sign_in_typed(db, email=email, typed=typed, tokens=tokens, at=at, device=browser)

    with counted(tokens.sign_in_address(current_actor().practice_id, email)):
        return run(command)


def prove_typed(run: Run[T], *, typed: Typed) -> T:
    """Show again with what was typed; the sign-in gets a new token. Raises TriedTooOften, SignInRefused."""
    tokens, at, sign_in_id = token_maker(), real_now(), g.sign_in_id

    def command(db: Session) -> UUID:
        return signing_in.show_again(db, sign_in_id=sign_in_id, typed=typed, tokens=tokens, at=at)

    with counted(b"proof " + current_actor().person_id.bytes):
        return run(command)


def sign_in_by_passkey(run: Run[T], *, practice: str, challenge_id: UUID, credential: dict[str, Any]) -> T:
    """Sign in with a passkey. Raises NotFound, TooManyRequests, SignInRefused."""
    enter_to_sign_in(practice)
    tokens, at, browser = token_maker(), real_now(), device()

    def command(db: Session) -> UUID:
        person_id = passkeys.check_passkey(
            db, challenge_id=challenge_id, credential=credential, party=relying_party(""), at=at
        )
        return start_sign_in(
            db, person_id=person_id, tokens=tokens, at=at, proved_by=ProvedBy.PASSKEY, device=browser
        )

    with answered(challenge_id, SIGN_IN, None):
        return run(command)


def prove_by_passkey(run: Run[T], *, challenge_id: UUID, credential: dict[str, Any]) -> T:
    """Show again with a passkey; the sign-in gets a new token. Raises SignInRefused."""
    tokens, at, sign_in_id, person_id = token_maker(), real_now(), g.sign_in_id, current_actor().person_id

    def command(db: Session) -> UUID:
        passkeys.check_passkey(
            db,
            challenge_id=challenge_id,
            credential=credential,
            party=relying_party(""),
            at=at,
            person_id=person_id,
        )
        return renew_sign_in(db, sign_in_id=sign_in_id, proved_by=ProvedBy.PASSKEY, tokens=tokens, at=at)

    with answered(challenge_id, PROVE, person_id):
        return run(command)


def sign_in_to_demo(run: Run[T], *, practice: str, person_id: UUID) -> T:
    """Sign in as somebody of a demo practice, by saying who. Raises NotFound, TooManyRequests."""
    enter_to_sign_in(practice)
    tokens, at, browser = token_maker(), real_now(), device()
    return run(
        lambda db: accounts.sign_in_to_demo(db, person_id=person_id, tokens=tokens, at=at, device=browser)
    )
