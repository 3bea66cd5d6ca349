"""Every POST carries an Idempotency-Key: sent again, it answers the same resource and does nothing twice.

A keyed hash of the request and the resource's id are stored, never a body; a repeated request is answered
with the resource as it is now, under today's rights.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import current_app, request
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.audit.looks import made, repeated
from shared.db.plumbing import idempotency
from shared.errors import IdempotencyKeyMissing, IdempotencyKeyReused, Malformed
from shared.web.context import current_actor, respond, transaction

_DEADLOCKS = 3
_FORM = re.compile(r"[\x21-\x7e]{8,128}")


def once(command: Callable[[Session], UUID], show: Callable[[Session, UUID], Any]) -> Any:
    """Run `command` (it returns the resource's id) at most once per key; answer with `show(db, id)`.

    A deadlock that PostgreSQL broke here is tried again: the other side was a timer or another command, and
    somebody who withdraws consent must not be told to try later.
    """
    for attempt in range(_DEADLOCKS + 1):
        try:
            with transaction() as db:
                return respond(show(db, run_once(db, command)))
        except DBAPIError as error:
            state = str(getattr(error.orig, "sqlstate", ""))
            if not state.startswith("40") or attempt == _DEADLOCKS:
                raise
    raise AssertionError("unreachable")


def run_once(db: Session, command: Callable[[Session], UUID]) -> UUID:
    """The id that `command` gave for this request's key, now or when it first ran.

    Another request with the same key that is still running is waited for. Raises IdempotencyKeyMissing,
    IdempotencyKeyReused when the key came with another request.
    """
    actor = current_actor()
    here = {
        "practice_id": actor.practice_id,
        "actor_id": actor.person_id,
        "route": request.endpoint or "",
        "key": request_key(),
    }
    digest = _digest()
    claimed = db.execute(
        insert(idempotency)
        .values(**here, request_hash=digest)
        .on_conflict_do_nothing()
        .returning(idempotency.c.key)
    ).first()
    table = idempotency.c
    mine = [getattr(table, name) == value for name, value in here.items()]
    if claimed is None:
        earlier = db.execute(select(table.request_hash, table.resource_id).where(*mine)).one()
        if not hmac.compare_digest(bytes(earlier.request_hash), digest):
            raise IdempotencyKeyReused
        resource_id = UUID(str(earlier.resource_id))
        repeated(db)
        made(db, resource_id)
        return resource_id
    resource_id = command(db)
    made(db, resource_id)
    db.execute(update(idempotency).where(*mine).values(resource_id=resource_id))
    return resource_id


def request_key() -> str:
    """The request's Idempotency-Key, or the key that a page put into its form. Raises IdempotencyKeyMissing or, for
    one of a wrong form, Malformed.
    """
    key = request.headers.get("Idempotency-Key") or request.form.get("form_key", "")
    if not key:
        raise IdempotencyKeyMissing
    if not _FORM.fullmatch(key):
        raise Malformed
    return key


def _digest() -> bytes:
    """A keyed hash of path and body: a plain one would let a reader of the table guess short answers."""
    secret: bytes = current_app.extensions["attune_settings"].cursor_key
    form = {name: values for name, values in request.form.lists() if name != "csrf_token"}
    body = form or request.get_json(silent=True)
    same = json.dumps([request.path, body], sort_keys=True, separators=(",", ":")).encode()
    return hmac.new(secret, b"idempotency" + same, hashlib.sha256).digest()
