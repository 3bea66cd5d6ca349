"""The consumer's side of exactly-once: event ids, effects, dead letters and position in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.db.plumbing import dead_letter, log_position
from shared.eventlog.interface import TopicPartition
from shared.path.arrivals import Arrival
from shared.path.failpoints import reach
from shared.telemetry import metrics

# Ids of one batch at a time: 50,000 events a second instead of 1,000 row by row (docs/event-path.md).
_REMEMBER = text(
    "INSERT INTO inbox (event_id, practice_id, type)"
    " SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:practices AS uuid[]), CAST(:types AS text[]))"
    " ON CONFLICT DO NOTHING RETURNING event_id"
)

# What has no event id was forged or could not be read: nobody's order depends on it, so it blocks no key.
_IS_BLOCKING = and_(dead_letter.c.replayed_at.is_(None), dead_letter.c.event_id.is_not(None))


def lock_positions(
    db: Session, log_id: str, partitions: Iterable[TopicPartition]
) -> dict[TopicPartition, int]:
    """The next offset to apply per partition, locked: two members can never apply the same record."""
    wanted = sorted(set(partitions))
    db.execute(
        insert(log_position)
        .values([{"log_id": log_id, "topic": t, "partition": p, "next_offset": 0} for t, p in wanted])
        .on_conflict_do_nothing()
    )
    table = log_position.c
    rows = db.execute(
        select(table.topic, table.partition, table.next_offset)
        .where(table.log_id == log_id, tuple_(table.topic, table.partition).in_(wanted))
        .order_by(table.topic, table.partition)
        .with_for_update()
    )
    return {TopicPartition(row.topic, row.partition): row.next_offset for row in rows}


def advance(
    db: Session,
    log_id: str,
    offsets: Mapping[TopicPartition, int],
    ticks: Mapping[TopicPartition, datetime],
) -> None:
    """Store the positions reached and the ticks applied."""
    for at, offset in offsets.items():
        values: dict[str, Any] = {"next_offset": offset}
        if at in ticks:
            values["ticked_at"] = ticks[at]
        db.execute(
            update(log_position)
            .where(
                log_position.c.log_id == log_id,
                log_position.c.topic == at.topic,
                log_position.c.partition == at.partition,
            )
            .values(**values)
        )


def remember(db: Session, service: str, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Write the event ids down; returns only those that were not here before."""
    fresh: dict[Any, Arrival] = {}
    for one in arrivals:
        if one.received is not None:
            fresh.setdefault(one.received.event_id, one)
    if not fresh:
        return []
    rows = [one.received for one in fresh.values() if one.received is not None]
    new = set(
        db.execute(
            _REMEMBER,
            {
                "ids": [row.event_id for row in rows],
                "practices": [row.practice_id for row in rows],
                "types": [row.event.TYPE for row in rows],
            },
        ).scalars()
    )
    for one in fresh.values():
        if one.received is not None and one.received.event_id not in new:
            metrics.duplicates.labels(service, one.record.topic).inc()
    return [one for event_id, one in fresh.items() if event_id in new]


def parked_keys(db: Session, arrivals: Sequence[Arrival]) -> set[tuple[str, bytes]]:
    """Keys of these arrivals that wait behind a dead letter."""
    keys = {one.order_key for one in arrivals if one.received is not None}
    if not keys:
        return set()
    table = dead_letter.c
    rows = db.execute(
        select(table.topic, table.key)
        .where(_IS_BLOCKING)
        .where(tuple_(table.topic, table.key).in_(list(keys)))
        .distinct()
    )
    return {(row.topic, bytes(row.key)) for row in rows}


def is_waiting(db: Session, topic: str, key: bytes) -> bool:
    """Whether an event of this key was put aside and not replayed since."""
    table = dead_letter.c
    found = db.execute(select(table.id).where(_IS_BLOCKING, table.topic == topic, table.key == key).limit(1))
    return found.first() is not None


def bury(
    db: Session, service: str, log_id: str, one: Arrival, reason: str, error: BaseException | None = None
) -> None:
    """Put a record aside, whole, with the reason; later events of its key park behind it."""
    envelope, record = one.envelope, one.record
    db.execute(
        insert(dead_letter)
        .values(
            event_id=envelope.event_id if envelope else None,
            practice_id=envelope.practice_id if envelope else None,
            log_id=log_id,
            topic=record.topic,
            partition=record.partition,
            log_offset=record.offset,
            key=record.key,
            type=envelope.type if envelope else None,
            headers=[[name.encode().hex(), value.hex()] for name, value in record.headers],
            payload=record.value,
            reason=reason,
            error_type=type(error).__name__ if error else None,
        )
        .on_conflict_do_nothing()
    )
    metrics.dead_letters.labels(service, reason).inc()
    reach("consumer.after_bury")


def lags(db: Session, log_id: str, ends: Mapping[TopicPartition, int]) -> dict[str, tuple[int, float]]:
    """Per topic: records not yet applied, and the age in seconds of the stalest partition's last tick."""
    positions = {
        TopicPartition(row.topic, row.partition): row
        for row in db.execute(select(log_position).where(log_position.c.log_id == log_id))
    }
    now = db.execute(select(func.clock_timestamp())).scalar_one()
    result: dict[str, tuple[int, float]] = {}
    for at, end in ends.items():
        row = positions.get(at)
        events, seconds = result.get(at.topic, (0, 0.0))
        age = (now - row.ticked_at).total_seconds() if row is not None and row.ticked_at else seconds
        events += max(0, end - (row.next_offset if row is not None else 0))
        result[at.topic] = (events, max(seconds, age))
    return result


def waiting(db: Session) -> int:
    """How many dead letters have not been replayed."""
    count = db.execute(select(func.count()).where(dead_letter.c.replayed_at.is_(None))).scalar_one()
    return int(count)
