"""The consumer's side of exactly-once: event ids, effects, dead letters and position in one transaction."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.db.plumbing import dead_letter, log_position
from shared.eventlog.interface import TopicPartition
from shared.path.arrivals import Arrival
from shared.path.failpoints import reach
from shared.telemetry import metrics

# Ids of one batch at a time: 50,000 events a second instead of 1,000 row by row (docs/event-path.md). What comes
# back are those that were here before, mostly none. Arrays go as their text: a list costs a call per element.
_REMEMBER = text(
    "WITH given AS MATERIALIZED (SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:practices AS uuid[]),"
    " CAST(:types AS text[])) AS given (event_id, practice_id, type)),"
    " new AS (INSERT INTO inbox (event_id, practice_id, type) SELECT * FROM given"
    " ON CONFLICT DO NOTHING RETURNING event_id)"
    " SELECT event_id FROM given EXCEPT ALL SELECT event_id FROM new"
)
_BEGIN_AT_0 = text(
    "INSERT INTO log_position (log_id, topic, partition, next_offset) SELECT :log_id, place.*, 0"
    " FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS smallint[])) AS place ON CONFLICT DO NOTHING"
)
_LOCK = text(
    "SELECT topic, partition, next_offset FROM log_position WHERE log_id = :log_id AND (topic, partition) IN"
    " (SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS smallint[])))"
    " ORDER BY topic, partition FOR UPDATE"
)
_ADVANCE = text(
    "UPDATE log_position AS p SET next_offset = n.next_offset, ticked_at = coalesce(n.ticked_at, p.ticked_at)"
    " FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS smallint[]), CAST(:offsets AS bigint[]),"
    " CAST(:ticks AS timestamptz[])) AS n (topic, partition, next_offset, ticked_at)"
    " WHERE p.log_id = :log_id AND p.topic = n.topic AND p.partition = n.partition"
)
# What has no event id was forged or could not be read: nobody's order depends on it, so it blocks no key.
_IS_BLOCKING = and_(dead_letter.c.replayed_at.is_(None), dead_letter.c.event_id.is_not(None))


def lock_positions(
    db: Session, log_id: str, partitions: Iterable[TopicPartition]
) -> dict[TopicPartition, int]:
    """The next offset to apply per partition, locked: two members can never apply the same record."""
    wanted = sorted(set(partitions))
    asked = {"log_id": log_id, "topics": [t for t, _ in wanted], "partitions": [p for _, p in wanted]}
    rows = db.execute(_LOCK, asked).all()
    if len(rows) < len(wanted):
        db.execute(_BEGIN_AT_0, asked)
        rows = db.execute(_LOCK, asked).all()
    return {TopicPartition(topic, partition): offset for topic, partition, offset in rows}


def advance(
    db: Session,
    log_id: str,
    offsets: Mapping[TopicPartition, int],
    ticks: Mapping[TopicPartition, datetime],
) -> None:
    """Store the positions reached and the ticks applied."""
    if not offsets:
        return
    db.execute(
        _ADVANCE,
        {
            "log_id": log_id,
            "topics": [at.topic for at in offsets],
            "partitions": [at.partition for at in offsets],
            "offsets": list(offsets.values()),
            "ticks": [ticks.get(at) for at in offsets],
        },
    )


def remember(db: Session, service: str, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Write the event ids down; returns only those that were not here before."""
    fresh: dict[UUID, Arrival] = {}
    again: list[Arrival] = []
    for one in arrivals:
        if one.received is not None and fresh.setdefault(one.received.event_id, one) is not one:
            again.append(one)
    if not fresh:
        return []
    rows = [one.received for one in fresh.values() if one.received is not None]
    practices = {practice_id: practice_id.hex for practice_id in {row.practice_id for row in rows}}
    known = db.execute(
        _REMEMBER,
        {
            "ids": _array(row.event_id.hex for row in rows),
            "practices": _array(practices[row.practice_id] for row in rows),
            "types": _array(row.event.TYPE for row in rows),
        },
    ).scalars()
    again += [fresh.pop(event_id) for event_id in known]
    for topic, count in Counter(one.record.topic for one in again).items():
        metrics.duplicates.labels(service, topic).inc(count)
    return list(fresh.values())


def _array(texts: Iterable[str]) -> str:
    """A PostgreSQL array of plain names and hexadecimal numbers, which need no quotes."""
    return "{" + ",".join(texts) + "}"


def parked_keys(db: Session, arrivals: Iterable[Arrival]) -> set[tuple[str, bytes]]:
    """Keys that wait behind a dead letter, in the topics of these arrivals: mostly none."""
    topics = {one.record.topic for one in arrivals}
    table = dead_letter.c
    rows = db.execute(select(table.topic, table.key).where(_IS_BLOCKING, table.topic.in_(topics)).distinct())
    return {(topic, bytes(key)) for topic, key in rows}


def is_waiting(db: Session, topic: str, key: bytes) -> bool:
    """Whether an event of this key was put aside and not replayed since."""
    table = dead_letter.c
    found = db.execute(select(table.id).where(_IS_BLOCKING, table.topic == topic, table.key == key).limit(1))
    return found.first() is not None


def bury(db: Session, log_id: str, one: Arrival, reason: str, error: BaseException | None = None) -> None:
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
        # Without a tick nothing is known, which is not the same as knowing everything.
        age = (now - row.ticked_at).total_seconds() if row is not None and row.ticked_at else math.inf
        events += max(0, end - (row.next_offset if row is not None else 0))
        result[at.topic] = (events, max(seconds, age))
    return result


def waiting(db: Session) -> tuple[int, int]:
    """How many dead letters wait for a replay, and how many keys behind them. What was forged waits for nothing."""
    table = dead_letter.c
    letters = select(func.count()).where(_IS_BLOCKING).scalar_subquery()
    keys = select(table.topic, table.key).where(_IS_BLOCKING).distinct().subquery()
    count, parked = db.execute(
        select(letters, select(func.count()).select_from(keys).scalar_subquery())
    ).one()
    return int(count), int(parked)
