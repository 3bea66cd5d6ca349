"""Cursor pages: newest or oldest first by some columns; a cursor is bound to its reader and its query."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, request
from marshmallow import Schema, fields, validate
from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from shared.errors import Malformed
from shared.web.context import current_actor

Columns = tuple[
    InstrumentedAttribute[datetime], *tuple[InstrumentedAttribute[int], ...], InstrumentedAttribute[UUID]
]
"""A moment; whole numbers, where it alone leaves open an order that people see; an id. None of them is ever null."""


class PageQuery(Schema):
    """Query parameters of a list."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 100))
    cursor = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500))


def page(
    db: Session,
    statement: Select[Any],
    *,
    by: Columns,
    limit: int,
    cursor: str | None,
    newest_first: bool = False,
) -> dict[str, Any]:
    """`{"items": rows, "next_cursor": …}`; no totals. Rows have the attributes `by` which they are listed."""
    if cursor is not None:
        here, there = tuple_(*by), tuple_(*_open(cursor, len(by)))
        statement = statement.where(here < there if newest_first else here > there)
    order = [column.desc() for column in by] if newest_first else by
    rows = list(db.scalars(statement.order_by(*order).limit(limit + 1)))
    more = len(rows) > limit
    rows = rows[:limit]
    following = _seal([getattr(rows[-1], column.key) for column in by]) if more else None
    return {"items": rows, "next_cursor": following}


def _mac(body: bytes) -> bytes:
    """Binds a cursor to who reads what: the actor, the path and every other parameter."""
    actor = current_actor()
    others = sorted((k, v) for k, v in request.args.items(multi=True) if k not in ("cursor", "limit"))
    bound = json.dumps([str(actor.practice_id), str(actor.person_id), request.path, others]).encode()
    secret: bytes = current_app.extensions["attune_settings"].cursor_key
    return hmac.new(secret, b"cursor" + bound + body, hashlib.sha256).digest()[:16]


def _seal(last: Sequence[Any]) -> str:
    at, *numbers, ident = last
    body = json.dumps([at.isoformat(), *numbers, str(ident)]).encode()
    return base64.urlsafe_b64encode(_mac(body) + body).decode()


def _open(cursor: str, length: int) -> list[Any]:
    try:
        raw = base64.urlsafe_b64decode(cursor.encode())
        mac, body = raw[:16], raw[16:]
        if not hmac.compare_digest(mac, _mac(body)):
            raise Malformed
        at, *numbers, ident = said = json.loads(body)
        if len(said) != length:  # of another version, which listed by other columns
            raise Malformed
        return [datetime.fromisoformat(at), *numbers, UUID(ident)]
    except ValueError as error:
        raise Malformed from error
