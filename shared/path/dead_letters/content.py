"""The records behind rows of dead letters and outbox, as the log had them or will have them."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.db.plumbing import dead_letter, outbox
from shared.eventlog.interface import LogRecord
from shared.path.dead_letters.letters import Letter


def record_of(db: Session, letter: Letter) -> LogRecord:
    """The record that was put aside, whole: who shows anything of it redacts it first."""
    table = dead_letter.c
    headers, payload = db.execute(select(table.headers, table.payload).where(table.id == letter.id)).one()
    pairs = tuple((bytes.fromhex(name).decode(), bytes.fromhex(value)) for name, value in headers)
    return LogRecord(letter.topic, letter.partition, letter.offset, letter.key, bytes(payload), pairs)


def unsent_record_of(db: Session, event_id: UUID) -> LogRecord | None:
    """The record that waits in the outbox to be sent, if it does. It has no offset yet: -1."""
    row = db.execute(select(outbox).where(outbox.c.event_id == event_id)).one_or_none()
    if row is None:
        return None
    pairs = tuple((name, value.encode()) for name, value in row.headers.items())
    return LogRecord(row.topic, row.partition, -1, row.key.encode(), bytes(row.payload), pairs)
