"""One dead letter through the handlers, within the caller's transaction."""

from collections.abc import Collection

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from shared.db.plumbing import dead_letter, log_position
from shared.eventlog.interface import TopicPartition
from shared.path import inbox
from shared.path.arrivals import open_all
from shared.path.dead_letters.content import record_of
from shared.path.dead_letters.letters import Letter, Place
from shared.path.dead_letters.outcome import Result, Stopped
from shared.path.effects import apply_effects
from shared.path.handlers import Handlers

PATIENCE_S = 20
"""How long a replay waits for a worker that is in the middle of a batch."""


def lock_key(db: Session, topic: str, places: Collection[Place]) -> None:
    """Hold the positions that the consumer holds while it decides whether a key of this topic is parked.

    Without it, a consumer that still saw the last letter waiting could park a new event behind it, unseen, while
    that letter is being applied: nobody would come back for the new one. The partition's positions of every log
    are held: after a move to another log, letters are of the old one and the consumer reads the new one.
    """
    db.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE_S}s'"))
    known = db.scalars(select(log_position.c.log_id).where(log_position.c.topic == topic).distinct())
    partitions = {TopicPartition(topic, partition) for _, partition in places}
    for log_id in sorted({*known, *(log_id for log_id, _ in places)}):
        inbox.lock_positions(db, log_id, partitions)


def apply_letter(db: Session, handlers: Handlers, event_key: bytes, letter: Letter, by: str) -> Result:
    """Apply it and mark it replayed. Raises Stopped when it can't be read, or what its handler raises."""
    table = dead_letter.c
    [arrival] = open_all([record_of(db, letter)], event_key, handlers.handled())
    if arrival.dead is not None:
        raise Stopped(Result(arrival.dead))
    fresh = inbox.remember(db, handlers.service, [arrival])
    apply_effects(db, handlers, fresh)
    db.flush()
    db.execute(
        update(dead_letter)
        .where(table.id == letter.id)
        .values(replayed_at=db.info["clock"](), replayed_by=by)
    )
    return Result.APPLIED if fresh or arrival.received is None else Result.KNOWN
