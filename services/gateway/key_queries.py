"""What an admin sees of the practice's keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.gateway import domain
from services.gateway.commands.keys import secret_of
from services.gateway.models import ApiKey
from services.gateway.tokens import Tokens
from shared.db.tenancy import practice_of
from shared.errors import NotFound


def keys(db: Session, *, at: datetime) -> list[dict[str, Any]]:
    """The practice's keys, newest first."""
    rows = db.scalars(select(ApiKey).order_by(ApiKey.made_at.desc(), ApiKey.id))
    return [_as_key(row, at=at) for row in rows]


def key(db: Session, key_id: UUID, *, at: datetime) -> dict[str, Any]:
    """One of them. Raises NotFound."""
    row = db.get(ApiKey, key_id)
    if row is None:
        raise NotFound
    return _as_key(row, at=at)


def made_key(db: Session, key_id: UUID, *, tokens: Tokens, at: datetime) -> dict[str, Any]:
    """A key that was made just now, with its secret: a while later without. Raises NotFound."""
    view = key(db, key_id, at=at)
    is_new = view["state"] == "open" and at < view["made_at"] + domain.SECRET_SHOWN
    return {**view, "secret": secret_of(tokens, practice_of(db), key_id) if is_new else None}


def _as_key(row: ApiKey, *, at: datetime) -> dict[str, Any]:
    is_live = domain.is_key_live(expires_at=row.expires_at, revoked_at=row.revoked_at, now=at)
    return {
        "key_id": row.id,
        "name": row.name,
        "prefix": row.prefix,
        "scopes": row.scopes,
        "made_at": row.made_at,
        "expires_at": row.expires_at,
        "used_at": row.used_at,
        "revoked_at": row.revoked_at,
        "state": "open" if is_live else "expired" if row.revoked_at is None else "revoked",
    }
