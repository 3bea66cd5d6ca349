"""Cursor pages: newest or oldest first by a pair of columns; a cursor is bound to its reader and its query."""

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, request
from marshmallow import Schema, fields, validate
from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from shared.errors import Malformed
from shared.web.context import current_actor


class PageQuery(Schema):
    """Query parameters of a list."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 100))
    cursor = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500))


def page(
    db: Session,
    statement: Select[Any],
    *,
    by: tuple[InstrumentedAttribute[datetime], InstrumentedAttribute[UUID]],
    limit: int,
    cursor: str | None,
    newest_first: bool = False,
) -> dict[str, Any]:
    """`{"items": rows, "next_cursor": …}`; no totals. `by` is a moment and an id; rows have both attributes."""
    moment, ident = by
    if cursor is not None:
        at, last = _open(cursor)
        here, there = tuple_(moment, ident), tuple_(at, last)
        statement = statement.where(here < there if newest_first else here > there)
    order = (moment.desc(), ident.desc()) if newest_first else (moment, ident)
    rows = list(db.scalars(statement.order_by(*order).limit(limit + 1)))
    more = len(rows) > limit
    rows = rows[:limit]
    following = None
    if more:
        following = _seal(getattr(rows[-1], moment.key), getattr(rows[-1], ident.key))
    return {"items": rows, "next_cursor": following}


def _mac(body: bytes) -> bytes:
    """Binds a cursor to who reads what: the actor, the path and every other parameter."""
    actor = current_actor()
    others = sorted((k, v) for k, v in request.args.items(multi=True) if k not in ("cursor", "limit"))
    bound = json.dumps([str(actor.practice_id), str(actor.person_id), request.path, others]).encode()
    secret: bytes = current_app.extensions["attune_settings"].cursor_key
    return hmac.new(secret, b"cursor" + bound + body, hashlib.sha256).digest()[:16]


def _seal(at: datetime, ident: UUID) -> str:
    body = json.dumps([at.isoformat(), str(ident)]).encode()
    return base64.urlsafe_b64encode(_mac(body) + body).decode()


def _open(cursor: str) -> tuple[datetime, UUID]:
    try:
        raw = base64.urlsafe_b64decode(cursor.encode())
        mac, body = raw[:16], raw[16:]
        if not hmac.compare_digest(mac, _mac(body)):
            raise Malformed
        at, ident = json.loads(body)
        return datetime.fromisoformat(at), UUID(ident)
    except ValueError as error:
        raise Malformed from error
