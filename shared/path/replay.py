"""Replay of events that were put aside: in order per key, through the same handlers, written down with who asked."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from shared.db.plumbing import dead_letter
from shared.db.tenancy import Database, Scope
from shared.eventlog.interface import LogRecord
from shared.path import inbox
from shared.path.arrivals import open_all
from shared.path.effects import apply_effects
from shared.path.handlers import Handlers
from shared.path.transient import is_transient

log = structlog.get_logger()


@dataclass(frozen=True)
class Replayed:
    """What came of it: applied now, and still waiting (the handler failed again, or the record can't be read)."""

    applied: int
    waiting: int


def replay(
    database: Database, handlers: Handlers, *, event_key: bytes, by: str, only_id: int | None = None
) -> Replayed:
    """Apply what waits, oldest first, each in a transaction of its own. A key stops at its first failure.

    `only_id` replays one dead letter, and only if nothing older of its key waits. Records that were forged or
    could not be read are never applied; they stay, as evidence. `by` names the person who asked.
    """
    applied, stuck = 0, set[tuple[str, bytes]]()
    ids = _waiting(database, only_id)
    for letter_id in ids:
        try:
            with database.transaction(Scope(role="worker")) as db:
                row = _claim(db, letter_id)
                if row is None or (row.topic, bytes(row.key)) in stuck or (only_id and _is_behind(db, row)):
                    continue
                if _apply(db, handlers, event_key, row, by, database.clock()):
                    applied += 1
                else:
                    stuck.add((row.topic, bytes(row.key)))
        except Exception as error:
            if row is None or is_transient(error):
                raise
            stuck.add((row.topic, bytes(row.key)))
            log.error("replay failed again", event_type=row.type, exc_info=True)
    return Replayed(applied, len(ids) - applied)


def _waiting(database: Database, only_id: int | None) -> list[int]:
    table = dead_letter.c
    statement = select(table.id).where(table.replayed_at.is_(None), table.event_id.is_not(None))
    if only_id is not None:
        statement = statement.where(table.id == only_id)
    with database.transaction(Scope(role="worker")) as db:
        return list(db.scalars(statement.order_by(table.id)))


def _claim(db: Session, letter_id: int) -> Row[tuple[object, ...]] | None:
    table = dead_letter.c
    return db.execute(
        select(dead_letter).where(table.id == letter_id, table.replayed_at.is_(None)).with_for_update()
    ).one_or_none()


def _is_behind(db: Session, row: Row[tuple[object, ...]]) -> bool:
    table = dead_letter.c
    older = select(table.id).where(
        table.replayed_at.is_(None),
        table.event_id.is_not(None),
        table.topic == row.topic,
        table.key == row.key,
        table.id < row.id,
    )
    return db.execute(older.limit(1)).first() is not None


def _apply(
    db: Session, handlers: Handlers, event_key: bytes, row: Row[tuple[object, ...]], by: str, now: datetime
) -> bool:
    headers = tuple((bytes.fromhex(n).decode(), bytes.fromhex(v)) for n, v in row.headers)
    record = LogRecord(row.topic, row.partition, row.log_offset, bytes(row.key), bytes(row.payload), headers)
    arrivals = open_all([record], event_key, handlers.handled())
    if arrivals[0].dead is not None:
        return False
    apply_effects(db, handlers, inbox.remember(db, handlers.service, arrivals))
    db.execute(update(dead_letter).where(dead_letter.c.id == row.id).values(replayed_at=now, replayed_by=by))
    return True
