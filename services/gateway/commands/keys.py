"""Keys of a practice: made and revoked by its admin. The secret is derived from the key's id; only a hash is kept."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.gateway import domain
from services.gateway.models import ApiKey
from services.gateway.tokens import Tokens, digest
from shared.audit.by_workers import changed
from shared.db.tenancy import practice_of
from shared.errors import NotFound
from shared.ids import shown_id

PREFIX = "attune_"
API_KEY = b"api key"


def make_key(
    db: Session,
    *,
    name: str,
    scopes: list[str],
    lasts_days: int,
    made_by: UUID,
    tokens: Tokens,
    at: datetime,
) -> UUID:
    """A new key that works until `lasts_days` from now; its id."""
    key_id = shown_id()
    db.add(
        ApiKey(
            id=key_id,
            name=name,
            prefix=prefix_of(key_id),
            scopes=sorted(set(scopes)),
            token_hash=digest(secret_of(tokens, practice_of(db), key_id)),
            made_by=made_by,
            made_at=at,
            expires_at=at + timedelta(days=lasts_days),
        )
    )
    db.flush()
    changed(db, "api_key", record_id=key_id, about_id=None)
    return key_id


def revoke_key(db: Session, *, key_id: UUID, by: UUID, at: datetime) -> UUID:
    """From now on it opens nothing. Doing it again changes nothing. Raises NotFound."""
    row = db.scalars(select(ApiKey).where(ApiKey.id == key_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by = at, by
        changed(db, "api_key", record_id=row.id, about_id=None)
    return row.id


def revoke_keys_of(db: Session, person_id: UUID, *, at: datetime) -> None:
    """The keys that somebody made and may have kept open nothing any more: they work here no more."""
    mine = select(ApiKey).where(ApiKey.made_by == person_id, ApiKey.revoked_at.is_(None))
    for row in db.scalars(mine.order_by(ApiKey.id).with_for_update()):
        row.revoked_at = at
        changed(db, "api_key", record_id=row.id, about_id=None)


def live_key(db: Session, *, token_hash: bytes, at: datetime) -> ApiKey | None:
    """The key of a secret when it still opens something; notes the hour in which it was used."""
    row = db.scalars(select(ApiKey).where(ApiKey.token_hash == token_hash)).one_or_none()
    if row is None or not domain.is_key_live(expires_at=row.expires_at, revoked_at=row.revoked_at, now=at):
        return None
    hour = at.replace(minute=0, second=0, microsecond=0)
    if row.used_at != hour:
        db.execute(update(ApiKey).where(ApiKey.id == row.id).values(used_at=hour))
    return row


def prefix_of(key_id: UUID) -> str:
    """How its secret begins: enough to tell a practice's keys apart, nothing to guess the rest from."""
    return f"{PREFIX}{key_id.hex[:8]}"


def secret_of(tokens: Tokens, practice_id: UUID, key_id: UUID) -> str:
    """The whole secret: the same each time."""
    return f"{prefix_of(key_id)}_{tokens.make(API_KEY, practice_id, key_id)}"
