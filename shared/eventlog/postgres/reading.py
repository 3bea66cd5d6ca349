"""The queries of a consumer: heads, hints and the records themselves."""

from collections.abc import Collection, Mapping, Sequence

import psycopg

from shared.eventlog.interface import LogRecord, TopicPartition
from shared.eventlog.postgres.producer import unpack

# Partition by partition along the index, which the limit makes sure of: PostgreSQL can't know how short these ranges
# are, and would read the whole log for some two dozen of them (0.4 s of 600,000 records, against 2 ms).
RANGES = """
    FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bigint[]) AS wanted (topic, partition, low, high)
    CROSS JOIN LATERAL (
        SELECT * FROM log_record
        WHERE topic = wanted.topic AND partition = wanted.partition
            AND "offset" >= wanted.low AND "offset" < wanted.high
        ORDER BY "offset" LIMIT wanted.high - wanted.low) AS r
    ORDER BY r.topic, r.partition, r."offset"
"""
"""The end of a statement: records `r` from `low` on and before `high`, in order; four arrays of equal length."""
_FETCH = f'SELECT r.topic, r.partition, r."offset", r.key, r.value, r.headers {RANGES}'


def heads(connection: psycopg.Connection, of: Collection[TopicPartition]) -> dict[TopicPartition, int]:
    """The next offset of each of these partitions that exists."""
    rows = connection.execute(
        "SELECT topic, partition, next_offset FROM log_head "
        "WHERE (topic, partition) IN (SELECT * FROM unnest(%s::text[], %s::int[]))",
        ([at.topic for at in of], [at.partition for at in of]),
    )
    return {TopicPartition(topic, partition): offset for topic, partition, offset in rows}


def shares(
    turn: Sequence[TopicPartition],
    positions: Mapping[TopicPartition, int],
    heads: Mapping[TopicPartition, int],
    max_records: int,
) -> dict[TopicPartition, tuple[int, int]]:
    """What to read of each partition, from and up to which offset: together at most `max_records`.

    The room is divided evenly; what one partition leaves goes to those after it in `turn`. Since offsets
    are consecutive a range of offsets is a number of records (fewer where the log has been trimmed).
    """
    wanted: dict[TopicPartition, tuple[int, int]] = {}
    room = max_records
    for position, at in enumerate(turn):
        share = min(heads[at] - positions[at], -(-room // (len(turn) - position)))
        if share > 0:
            wanted[at] = (positions[at], positions[at] + share)
            room -= share
    return wanted


def fetch(
    connection: psycopg.Connection, wanted: Mapping[TopicPartition, tuple[int, int]]
) -> list[LogRecord]:
    """The records in these ranges of offsets, ascending within each partition."""
    with connection.cursor(binary=True) as cursor:
        cursor.execute(
            _FETCH,
            (
                [at.topic for at in wanted],
                [at.partition for at in wanted],
                [low for low, _ in wanted.values()],
                [high for _, high in wanted.values()],
            ),
        )
        return [unpack(row) for row in cursor]


def hints(connection: psycopg.Connection, group: str) -> dict[TopicPartition, int]:
    """Where the group said that it is, for those of its partitions that it said it of."""
    rows = connection.execute(
        "SELECT topic, partition, next_offset FROM log_hint WHERE group_name = %s", (group,)
    )
    return {TopicPartition(topic, partition): offset for topic, partition, offset in rows}


def save_hints(connection: psycopg.Connection, group: str, offsets: Mapping[TopicPartition, int]) -> None:
    """Remember where the group is."""
    connection.execute(
        "INSERT INTO log_hint (group_name, topic, partition, next_offset) "
        "SELECT %s, * FROM unnest(%s::text[], %s::int[], %s::bigint[]) "
        "ON CONFLICT (group_name, topic, partition) DO UPDATE SET next_offset = excluded.next_offset",
        (
            group,
            [at.topic for at in offsets],
            [at.partition for at in offsets],
            list(offsets.values()),
        ),
    )
