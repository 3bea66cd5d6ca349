"""Sign-ins of operators: of a kind of their own, short, and of no practice (transactions have the nil one)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from services.gateway import domain
from services.gateway.models import OperatorSignIn
from services.gateway.tokens import Tokens, digest
from shared.ids import NIL, new_id

OPERATOR_SIGN_IN = b"operator sign-in"


def start_operator_sign_in(db: Session, *, by: str, tokens: Tokens, at: datetime) -> str:
    """A new sign-in of `by`; its token. What is over is forgotten on the way."""
    db.execute(delete(OperatorSignIn).where(OperatorSignIn.ends_at < at))
    sign_in_id = new_id()
    token = tokens.make(OPERATOR_SIGN_IN, NIL, sign_in_id)
    db.add(
        OperatorSignIn(
            id=sign_in_id,
            by=by,
            token_hash=digest(token),
            started_at=at,
            seen_at=at,
            ends_at=at + domain.OPERATOR_LONGEST,
        )
    )
    db.flush()
    return token


def live_operator_sign_in(db: Session, *, token_hash: bytes, at: datetime) -> OperatorSignIn | None:
    """The sign-in of a token, when it still counts; notes that it was used just now."""
    row = db.scalars(select(OperatorSignIn).where(OperatorSignIn.token_hash == token_hash)).one_or_none()
    if row is None or not domain.is_operator_live(
        seen_at=row.seen_at, ends_at=row.ends_at, ended_at=row.ended_at, now=at
    ):
        return None
    if at - row.seen_at >= domain.SEEN_STEP:
        db.execute(update(OperatorSignIn).where(OperatorSignIn.id == row.id).values(seen_at=at))
    return row


def end_operator_sign_in(db: Session, *, sign_in_id: UUID, at: datetime) -> None:
    """End it at once."""
    db.execute(update(OperatorSignIn).where(OperatorSignIn.id == sign_in_id).values(ended_at=at))
