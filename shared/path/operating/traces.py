"""What one service's database says of one event."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.db.plumbing import inbox, log_position, outbox
from shared.eventlog.interface import TopicPartition
from shared.path.dead_letters.letters import Letter, letters_of_event


@dataclass(frozen=True)
class Unsent:
    """An event that waits in its owner's outbox."""

    type: str
    practice_id: UUID
    occurred_at: datetime


@dataclass(frozen=True)
class Trace:
    """Where the event is, or was, in one service."""

    service: str
    unsent: Unsent | None
    type: str | None  # as the inbox or a dead letter names it
    practice_id: UUID | None
    applied_at: datetime | None
    letters: tuple[Letter, ...]

    @property
    def is_any(self) -> bool:
        return self.unsent is not None or self.applied_at is not None or bool(self.letters)


def read_trace(db: Session, service: str, event_id: UUID) -> Trace:
    """Look into outbox, inbox and dead letters."""
    sent = db.execute(
        select(outbox.c.type, outbox.c.practice_id, outbox.c.occurred_at).where(outbox.c.event_id == event_id)
    ).first()
    applied = db.execute(select(inbox).where(inbox.c.event_id == event_id)).one_or_none()
    letters = tuple(letters_of_event(db, event_id))
    named = applied or (letters[0] if letters else None) or sent
    return Trace(
        service=service,
        unsent=Unsent(*sent) if sent else None,
        type=named.type if named else None,
        practice_id=named.practice_id if named else None,
        applied_at=applied.applied_at if applied else None,
        letters=letters,
    )


def next_offset(db: Session, log_id: str, at: TopicPartition) -> int:
    """How far the service is in one partition of one log; 0 when it has read nothing of it."""
    table = log_position.c
    found = db.execute(
        select(table.next_offset).where(
            table.log_id == log_id, table.topic == at.topic, table.partition == at.partition
        )
    ).scalar_one_or_none()
    return found or 0
