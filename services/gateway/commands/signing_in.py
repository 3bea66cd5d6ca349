"""Signing in with a means, and showing one again. Every no is the same no, and takes as long as any other."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.gateway.commands.accounts import start_sign_in
from services.gateway.commands.one_time_passwords import is_right_code, take_recovery_code
from services.gateway.commands.passwords import is_right_password
from services.gateway.commands.sign_ins import renew_sign_in
from services.gateway.domain import ProvedBy
from services.gateway.models import Account, SignIn
from services.gateway.problems import SignInRefused
from services.gateway.tokens import Tokens
from shared.db.tenancy import practice_of
from shared.errors import NotSignedIn
from shared.web.actor import PARTNER


@dataclass(frozen=True, repr=False)
class Typed:
    """What somebody typed to show that it is them. It has no repr: it must not slip into a log."""

    by: ProvedBy
    secret: str

    def is_of(self, db: Session, person_id: UUID | None, tokens: Tokens, at: datetime) -> bool:
        """Whether it is a means of this person. For nobody (None) it is not, and takes as long."""
        if self.by is ProvedBy.ONE_TIME_PASSWORD:
            return is_right_code(db, person_id=person_id, code=self.secret, at=at)
        if self.by is ProvedBy.RECOVERY_CODE:
            return take_recovery_code(db, person_id=person_id, code=self.secret, tokens=tokens, at=at)
        return is_right_password(db, person_id=person_id, password=self.secret, at=at)


def person_of_address(db: Session, *, email: str, tokens: Tokens) -> UUID | None:
    """The partner who signs in with this address, if there is one. Staff don't sign in by address."""
    statement = select(Account.person_id).where(
        Account.address_hash == tokens.sign_in_address(practice_of(db), email),
        Account.closed_at.is_(None),
        Account.roles == [PARTNER],
    )
    return db.scalars(statement).one_or_none()


def sign_in_typed(
    db: Session, *, email: str, typed: Typed, tokens: Tokens, at: datetime, device: str | None
) -> UUID:
    """Sign in with an address and what was typed; the sign-in's id. Raises SignInRefused."""
    person_id = person_of_address(db, email=email, tokens=tokens)
    if not typed.is_of(db, person_id, tokens, at) or person_id is None:
        raise SignInRefused
    return start_sign_in(db, person_id=person_id, tokens=tokens, at=at, proved_by=typed.by, device=device)


def show_again(db: Session, *, sign_in_id: UUID, typed: Typed, tokens: Tokens, at: datetime) -> UUID:
    """Show a typed means within a sign-in, which is renewed by it; the new one's id. Raises SignInRefused."""
    sign_in = db.get(SignIn, sign_in_id)
    if sign_in is None:
        raise NotSignedIn
    if not typed.is_of(db, sign_in.person_id, tokens, at):
        raise SignInRefused
    return renew_sign_in(db, sign_in_id=sign_in_id, proved_by=typed.by, tokens=tokens, at=at)
