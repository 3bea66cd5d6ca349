"""From one set of offsets to another through a log, as one pass; what `tail`, `show` and `lag` read by."""

import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from shared.eventlog.interface import LogRecord, LogUnavailable, TopicPartition
from shared.eventlog.peek import LogReader, Seen
from shared.events.envelope import TICK_TYPE

BATCH = 2000
_PATIENCE_S = 10.0


def scan(
    reader: LogReader, start: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> Iterator[Seen]:
    """Every record at or after `start` and before `ends`, ascending per partition.

    What the log has let go meanwhile is passed over. Raises LogUnavailable when the log gives nothing for a while.
    """
    at_now = dict(start)
    heard_at = time.monotonic()
    while any(at_now[at] < ends[at] for at in at_now):
        batch = reader.read(at_now, BATCH)
        if not batch:
            if time.monotonic() - heard_at > _PATIENCE_S:
                raise LogUnavailable("the event log does not give what it holds")
            firsts = reader.bounds({at.topic for at in at_now})
            at_now = {at: max(offset, firsts[at].first) for at, offset in at_now.items() if at in firsts}
            continue
        heard_at = time.monotonic()
        for seen in batch:
            at = TopicPartition(seen.record.topic, seen.record.partition)
            at_now[at] = seen.record.offset + 1
            if seen.record.offset < ends[at]:
                yield seen


def claims_tick(record: LogRecord) -> bool:
    """Whether a record calls itself a tick. Its signature is not looked at: enough to count by."""
    return ("ce_type", TICK_TYPE.encode()) in record.headers


def moment_of(event_id: UUID) -> datetime | None:
    """When an event was recorded, as its id tells (UUIDv7); None for an id that tells nothing."""
    if event_id.version != 7:
        return None
    return datetime.fromisoformat("1970-01-01T00:00:00+00:00") + timedelta(milliseconds=event_id.int >> 80)


def find_event(
    reader: LogReader, topics: list[str], event_id: UUID, *, begin: datetime, end: datetime
) -> Seen | None:
    """The first record that bears this event's id, among those that the log took between two moments."""
    wanted = ("ce_id", str(event_id).encode())
    start, ends = reader.since(topics, begin), dict(reader.since(topics, end))
    for seen in scan(reader, start, ends):
        if wanted in seen.record.headers:
            return seen
    return None
