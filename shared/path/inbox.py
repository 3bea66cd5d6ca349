"""The consumer's side of exactly-once: event ids, effects, dead letters and position in one transaction."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import and_, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.db.direct import directly
from shared.db.plumbing import dead_letter, log_position
from shared.eventlog.interface import TopicPartition
from shared.path.arrivals import Arrival
from shared.path.failpoints import reach
from shared.telemetry import metrics

# Ids of one batch at a time: 50,000 events a second instead of 1,000 row by row (docs/event-path.md). What comes
# back are those that were here before, mostly none. Arrays go as their text: a list costs a call per element.
_REMEMBER = (
    "WITH given AS MATERIALIZED (SELECT * FROM unnest(CAST(%s AS uuid[]), CAST(%s AS uuid[]),"
    " CAST(%s AS text[])) AS given (event_id, practice_id, type)),"
    " new AS (INSERT INTO inbox (event_id, practice_id, type) SELECT * FROM given"
    " ON CONFLICT DO NOTHING RETURNING event_id)"
    " SELECT event_id FROM given EXCEPT ALL SELECT event_id FROM new"
)
_BEGIN_AT_0 = text(
    "INSERT INTO log_position (log_id, topic, partition, next_offset) SELECT :log_id, place.*, 0"
    " FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS smallint[])) AS place ON CONFLICT DO NOTHING"
)
_LOCK = (
    "SELECT topic, partition, next_offset FROM log_position WHERE log_id = %s AND (topic, partition) IN"
    " (SELECT * FROM unnest(CAST(%s AS text[]), CAST(%s AS smallint[]))) ORDER BY topic, partition FOR UPDATE"
)
_PARKED = (
    "SELECT DISTINCT topic, key FROM dead_letter"
    " WHERE replayed_at IS NULL AND event_id IS NOT NULL AND topic = ANY(%s)"
)
_ADVANCE = (
    "UPDATE log_position AS p SET next_offset = n.next_offset, ticked_at = coalesce(n.ticked_at, p.ticked_at)"
    " FROM unnest(CAST(%s AS text[]), CAST(%s AS smallint[]), CAST(%s AS bigint[]), CAST(%s AS timestamptz[]))"
    " AS n (topic, partition, next_offset, ticked_at)"
    " WHERE p.log_id = %s AND p.topic = n.topic AND p.partition = n.partition"
)
# What has no event id was forged or could not be read: nobody's order depends on it, so it blocks no key.
_IS_BLOCKING = and_(dead_letter.c.replayed_at.is_(None), dead_letter.c.event_id.is_not(None))


class Standing(NamedTuple):
    """Where a reader stands: the next offset to apply per partition, and the keys that wait behind a dead letter."""

    positions: dict[TopicPartition, int]
    parked: set[tuple[str, bytes]]


def lock_positions(db: Session, log_id: str, partitions: Iterable[TopicPartition]) -> Standing:
    """Where these partitions stand, locked: two members can never apply the same record.

    What is parked is read after the lock is had: who held it may have put an event aside, or replayed one.
    """
    wanted = sorted(set(partitions))
    topics, numbers = [topic for topic, _ in wanted], [partition for _, partition in wanted]
    standing = _lock(db, log_id, topics, numbers)
    if len(standing.positions) < len(wanted):
        db.execute(_BEGIN_AT_0, {"log_id": log_id, "topics": topics, "partitions": numbers})
        standing = _lock(db, log_id, topics, numbers)
    return standing


def _lock(db: Session, log_id: str, topics: list[str], numbers: list[int]) -> Standing:
    with directly(db.connection()) as raw:
        # Both in one message: the server still runs one after the other, so the second sees what was committed while
        # the first waited. Not by pipeline mode: see tests/shape/test_pipelines.py.
        answers = psycopg.ClientCursor(raw).execute(f"{_LOCK}; {_PARKED}", (log_id, topics, numbers, topics))
        rows = answers.fetchall()
        answers.nextset()
        parked = set(answers.fetchall())
    return Standing({TopicPartition(topic, number): offset for topic, number, offset in rows}, parked)


def advance(
    db: Session,
    log_id: str,
    offsets: Mapping[TopicPartition, int],
    ticks: Mapping[TopicPartition, datetime],
) -> None:
    """Store the positions reached and the ticks applied."""
    if not offsets:
        return
    topics, partitions = zip(*offsets, strict=True)
    with directly(db.connection()) as raw:
        raw.execute(
            _ADVANCE,
            (
                list(topics),
                list(partitions),
                list(offsets.values()),
                [ticks.get(at) for at in offsets],
                log_id,
            ),
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
    with directly(db.connection()) as raw:
        known = raw.execute(
            _REMEMBER,
            (
                _array(row.event_id.hex for row in rows),
                _array(practices[row.practice_id] for row in rows),
                _array(row.event.TYPE for row in rows),
            ),
        )
    again += [fresh.pop(event_id) for (event_id,) in known]
    for topic, count in Counter(one.record.topic for one in again).items():
        metrics.duplicates.labels(service, topic).inc(count)
    return list(fresh.values())


def _array(texts: Iterable[str]) -> str:
    """A PostgreSQL array of plain names and hexadecimal numbers, which need no quotes."""
    return "{" + ",".join(texts) + "}"


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
