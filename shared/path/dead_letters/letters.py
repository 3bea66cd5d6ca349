"""Dead letters as their service keeps them. Reading one never reads what is in it: the payload stays where it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from shared.db.plumbing import dead_letter

REASONS = ("failed", "malformed", "unknown_type", "parked", "forged")
PARKED = "parked"

Key = tuple[str, bytes]
"""What is in order: a key within its topic."""

Place = tuple[str, int]
"""Where a letter's record lies: the log's id and the partition."""

_t = dead_letter.c
_COLUMNS = (
    _t.id, _t.event_id, _t.practice_id, _t.log_id, _t.topic, _t.partition, _t.log_offset, _t.key, _t.type,
    _t.reason, _t.error_type, _t.created_at, _t.replayed_at, _t.replayed_by,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """One record that was put aside, without its content."""

    id: int
    event_id: UUID | None  # None: forged or unreadable
    practice_id: UUID | None
    log_id: str
    topic: str
    partition: int
    offset: int
    key: bytes
    type: str | None
    reason: str
    error_type: str | None
    put_aside_at: datetime
    replayed_at: datetime | None
    replayed_by: str | None

    @property
    def order_key(self) -> Key:
        return (self.topic, self.key)

    @property
    def place(self) -> Place:
        return (self.log_id, self.partition)

    @property
    def is_evidence(self) -> bool:
        """Forged or unreadable: kept for whoever looks into it; never applied, and nothing waits behind it."""
        return self.event_id is None

    @property
    def is_waiting(self) -> bool:
        return self.replayed_at is None and not self.is_evidence

    @property
    def state(self) -> str:
        """waiting, replayed or evidence."""
        if self.is_evidence:
            return "evidence"
        return "waiting" if self.replayed_at is None else "replayed"


def waiting_letters(db: Session) -> list[Letter]:
    """All that wait to be applied, oldest first."""
    return _read(db, _select().where(_t.replayed_at.is_(None), _t.event_id.is_not(None)))


def waiting_of_key(db: Session, key: Key) -> list[Letter]:
    """What waits of one key, oldest first: a letter's id is its place in the order."""
    return _read(db, _of_key(key))


def oldest_of_key(db: Session, key: Key) -> Letter | None:
    """The one that is next of its key, locked."""
    found = _read(db, _of_key(key).limit(1).with_for_update())
    return found[0] if found else None


def every_letter(db: Session) -> list[Letter]:
    """Waiting, replayed and evidence, oldest first."""
    return _read(db, _select())


def letters_of_event(db: Session, event_id: UUID) -> list[Letter]:
    return _read(db, _select().where(_t.event_id == event_id))


def letters_by_id(db: Session, ids: Iterable[int]) -> list[Letter]:
    return _read(db, _select().where(_t.id.in_(list(ids))))


def _select() -> Select[Any]:
    return select(*_COLUMNS).order_by(_t.id)


def _of_key(key: Key) -> Select[Any]:
    topic, raw = key
    return _select().where(
        _t.replayed_at.is_(None), _t.event_id.is_not(None), _t.topic == topic, _t.key == raw
    )


def _read(db: Session, statement: Select[Any]) -> list[Letter]:
    return [_letter(row) for row in db.execute(statement)]


def _letter(row: Row[Any]) -> Letter:
    values = list(row)
    values[7] = bytes(values[7])
    return Letter(*values)
