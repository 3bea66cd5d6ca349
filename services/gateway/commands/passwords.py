"""Passwords, for partners of a practice that allows them: argon2id, hashed anew when its parameters change."""

from datetime import datetime
from functools import cache
from uuid import UUID

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.gateway import domain
from services.gateway.commands.means import (
    Here,
    check_is_partner,
    check_not_last,
    claim_address,
    locked_account,
    means_added,
    means_changed,
)
from services.gateway.models import Password, PracticeProfile
from services.gateway.problems import PasswordNotAllowed, PasswordTooEasy
from shared.errors import NotFound

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
"""The least that OWASP's password storage cheat sheet (2025) asks of argon2id: 19 MiB, 2 rounds, 1 lane."""


@cache
def _nobodys() -> str:
    return HASHER.hash("nobody has this password")


def set_password(db: Session, *, person_id: UUID, password: str, email: str, here: Here) -> UUID:
    """Sign in with a password from now on, or with another one. The person's id.

    Raises PasswordNotAllowed, PasswordTooEasy, NotForStaff, NotTheAddressTheyJoinedWith.
    """
    account = locked_account(db, person_id)
    check_is_partner(account)
    if not is_allowed(db):
        raise PasswordNotAllowed
    if domain.is_taken_from(password, email):
        raise PasswordTooEasy
    claim_address(db, account, email, here.tokens)
    db.merge(Password(person_id=person_id, argon2=HASHER.hash(password), set_at=here.at))
    db.flush()
    means_added(db, here, person_id=person_id, proved_by=domain.ProvedBy.PASSWORD)
    return person_id


def remove_password(db: Session, *, person_id: UUID, here: Here) -> UUID:
    """Forget one's password. The person's id. Raises NotFound, LastMeans, NotSignedIn."""
    locked_account(db, person_id)
    found = db.get(Password, person_id)
    if found is None:
        raise NotFound
    if is_allowed(db):  # else it opens nothing anyway
        check_not_last(db, person_id)
    db.delete(found)
    db.flush()
    means_changed(db, here, person_id=person_id)
    return person_id


def is_right_password(db: Session, *, person_id: UUID | None, password: str, at: datetime) -> bool:
    """Whether it is this person's. For nobody, or where none is allowed, it takes as long, and is not."""
    # Locked: of a sign-in and a new password at the same moment, the sign-in fails, or is ended with the others.
    found = db.get(Password, person_id, populate_existing=True, with_for_update=True) if person_id else None
    counts = found is not None and is_allowed(db)
    try:
        HASHER.verify(found.argon2 if found is not None else _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    if found is not None and HASHER.check_needs_rehash(found.argon2):
        found.argon2, found.set_at = HASHER.hash(password), at
        db.flush()
    return counts


def is_allowed(db: Session) -> bool:
    """Whether this practice takes passwords of partners."""
    return bool(db.scalar(select(PracticeProfile.is_password_allowed)))


def allow_passwords(db: Session, *, is_password_allowed: bool) -> UUID:
    """Take passwords of partners from now on, or none any more. The profile's id."""
    profile = db.scalars(select(PracticeProfile).with_for_update()).one()
    profile.is_password_allowed = is_password_allowed
    db.flush()
    return profile.id
