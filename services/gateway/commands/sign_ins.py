"""Sign-ins that are there already: shown by their owner to be theirs again, and ended."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.gateway import domain
from services.gateway.domain import ProvedBy
from services.gateway.models import SignIn
from services.gateway.tokens import SIGN_IN, Tokens, digest
from shared.db.tenancy import practice_of
from shared.errors import NotFound, NotSignedIn
from shared.ids import new_id


def renew_sign_in(
    db: Session,
    *,
    sign_in_id: UUID,
    proved_by: ProvedBy,
    tokens: Tokens,
    at: datetime,
    proved_at: datetime | None = None,
) -> UUID:
    """Put a new sign-in in the place of one whose owner has just shown a means; its id.

    The token changes with what it may do, so that one that was known before opens nothing new. One that
    was only setting up is a whole one from now on. Raises NotSignedIn.
    """
    old = _locked(db, sign_in_id)
    if old is None or old.ended_at is not None:
        raise NotSignedIn
    old.ended_at = at
    renewed_id = new_id()
    db.add(
        SignIn(
            id=renewed_id,
            person_id=old.person_id,
            token_hash=digest(tokens.make(SIGN_IN, practice_of(db), renewed_id)),
            started_at=old.started_at,
            seen_at=at,
            ends_at=at + domain.LONGEST if old.is_setting_up else old.ends_at,
            proved_at=proved_at or at,
            proved_by=proved_by,
            device=old.device,
        )
    )
    db.flush()
    return renewed_id


def end_sign_in(db: Session, *, sign_in_id: UUID, person_id: UUID, at: datetime) -> UUID:
    """End one of one's own sign-ins; its id. Ending it again changes nothing. Raises NotFound for another's."""
    row = _locked(db, sign_in_id)
    if row is None or row.person_id != person_id:
        raise NotFound
    row.ended_at = row.ended_at or at
    return row.id


def end_sign_ins(db: Session, *, person_id: UUID, at: datetime, but: UUID | None = None) -> None:
    """End all sign-ins of a person, all but one, or none that is left."""
    mine = [SignIn.person_id == person_id, SignIn.ended_at.is_(None)]
    if but is not None:
        mine.append(SignIn.id != but)
    # One that is being renewed is waited for first: the one in its place shows to the next statement only.
    db.execute(select(SignIn.id).where(*mine).with_for_update())
    db.execute(update(SignIn).where(*mine).values(ended_at=at))


def _locked(db: Session, sign_in_id: UUID) -> SignIn | None:
    return db.execute(select(SignIn).where(SignIn.id == sign_in_id).with_for_update()).scalar_one_or_none()
