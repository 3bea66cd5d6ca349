"""Challenges: made for one purpose, good for five minutes, taken once."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.gateway import domain
from services.gateway.models import Challenge
from services.gateway.problems import SignInRefused
from shared.ids import shown_id

REGISTER, SIGN_IN, PROVE, OPENID = "register", "sign_in", "prove", "openid"
_BYTES = 64


@dataclass(frozen=True)
class Taken:
    """A challenge that can't be taken again."""

    secret: bytes
    person_id: UUID | None


def make_challenge(db: Session, *, purpose: str, person_id: UUID | None, at: datetime) -> UUID:
    """A new challenge of 64 random bytes; its id. What is over is forgotten on the way."""
    db.execute(delete(Challenge).where(Challenge.expires_at < at))
    made = Challenge(
        id=shown_id(),
        purpose=purpose,
        secret=secrets.token_bytes(_BYTES),
        person_id=person_id,
        expires_at=at + domain.CHALLENGE_LASTS,
    )
    db.add(made)
    db.flush()
    return made.id


def drop_challenge(db: Session, challenge_id: UUID, *, purpose: str, person_id: UUID | None) -> None:
    """Forget a challenge of this purpose and person, if it is still there."""
    mine = Challenge.person_id.is_not_distinct_from(person_id)
    db.execute(delete(Challenge).where(Challenge.id == challenge_id, Challenge.purpose == purpose, mine))


def take_challenge(
    db: Session, challenge_id: UUID, *, purpose: str, person_id: UUID | None, at: datetime
) -> Taken:
    """Take a challenge of this purpose and person out of the table. Raises SignInRefused when there is none."""
    taken = db.execute(
        delete(Challenge)
        .where(
            Challenge.id == challenge_id,
            Challenge.purpose == purpose,
            Challenge.expires_at > at,
            Challenge.person_id.is_not_distinct_from(person_id),
        )
        .returning(Challenge.secret, Challenge.person_id)
    ).one_or_none()
    if taken is None:
        raise SignInRefused
    return Taken(taken.secret, taken.person_id)
