"""The newest events that one service's database holds: waiting to be sent, applied, put aside. Ids, types, times."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.db.plumbing import dead_letter, inbox, outbox
from shared.events.envelope import TICK_TYPE


@dataclass(frozen=True)
class Passing:
    """One event in one service. `what` is one of: unsent, applied, put_aside."""

    what: str
    event_id: UUID
    type: str | None
    practice_id: UUID | None
    at: datetime


def latest(db: Session, most: int) -> list[Passing]:
    """The newest `most` of each kind, all together newest first. Ticks are left out."""
    of_outbox, of_inbox, aside = outbox.c, inbox.c, dead_letter.c
    queries = {
        "unsent": select(of_outbox.event_id, of_outbox.type, of_outbox.practice_id, of_outbox.occurred_at)
        .where(of_outbox.type != TICK_TYPE)
        .order_by(of_outbox.id.desc()),
        "applied": select(of_inbox.event_id, of_inbox.type, of_inbox.practice_id, of_inbox.applied_at)
        .order_by(of_inbox.applied_at.desc(), of_inbox.event_id.desc()),
        "put_aside": select(aside.event_id, aside.type, aside.practice_id, aside.created_at)
        .where(aside.event_id.is_not(None))
        .order_by(aside.id.desc()),
    }  # fmt: skip
    found = [
        Passing(what, *row)
        for what, statement in queries.items()
        for row in db.execute(statement.limit(most))
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)
