"""Reads the log's tables with plain SELECTs: no lock, no row of a group or a hint."""

import time
from collections.abc import Collection, Mapping
from datetime import datetime

import psycopg

from shared.eventlog.interface import LogUnavailable, TopicPartition
from shared.eventlog.peek import Bounds, Seen
from shared.eventlog.postgres.connection import connect, plainly
from shared.eventlog.postgres.producer import unpack
from shared.eventlog.postgres.reading import RANGES, heads, shares

_LOOK_EVERY_S = 0.2
# The primary key answers both: the lowest offset kept, and the record at or after an offset.
_FIRST = """
    SELECT h.topic, h.partition, coalesce(
        (SELECT r."offset" FROM log_record r WHERE r.topic = h.topic AND r.partition = h.partition
         ORDER BY r."offset" LIMIT 1), h.next_offset), h.next_offset
    FROM log_head h WHERE h.topic = ANY(%s)
"""
_TAKEN_AT = """
    SELECT w.topic, w.partition, r.appended_at
    FROM unnest(%s::text[], %s::int[], %s::bigint[]) AS w (topic, partition, at)
    CROSS JOIN LATERAL (
        SELECT appended_at FROM log_record r
        WHERE r.topic = w.topic AND r.partition = w.partition AND r."offset" >= w.at
        ORDER BY r."offset" LIMIT 1) AS r
"""
_READ = f'SELECT r.topic, r.partition, r."offset", r.key, r.value, r.headers, r.appended_at {RANGES}'


class PostgresReader:
    """One connection, made when first used and again after a failure."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection | None = None

    def log_id(self) -> str:
        with plainly():
            row = self._connected().execute("SELECT id FROM log_identity").fetchone()
        if row is None:
            raise LogUnavailable("the event log's database has no identity: run the platform's set-up")
        return str(row[0])

    def bounds(self, topics: Collection[str]) -> Mapping[TopicPartition, Bounds]:
        with plainly():
            rows = self._connected().execute(_FIRST, (list(topics),)).fetchall()
        return {
            TopicPartition(topic, partition): Bounds(first, upto) for topic, partition, first, upto in rows
        }

    def since(self, topics: Collection[str], moment: datetime) -> Mapping[TopicPartition, int]:
        """Searched by halving all partitions at once: times ascend with offsets, and only those have an index."""
        low = {at: one.first for at, one in self.bounds(topics).items()}
        high = {at: one.next for at, one in self.bounds(topics).items() if at in low}
        while open_ones := [at for at in low if low[at] < high[at]]:
            middle = {at: (low[at] + high[at]) // 2 for at in open_ones}
            with plainly():
                rows = (
                    self._connected()
                    .execute(
                        _TAKEN_AT,
                        ([at.topic for at in middle], [at.partition for at in middle], list(middle.values())),
                    )
                    .fetchall()
                )
            taken = {TopicPartition(topic, partition): at for topic, partition, at in rows}
            for at in open_ones:
                if at in taken and taken[at] < moment:
                    low[at] = middle[at] + 1
                else:
                    high[at] = middle[at]
        return low

    def read(self, start: Mapping[TopicPartition, int], most: int, *, timeout_s: float = 0.5) -> list[Seen]:
        deadline = time.monotonic() + timeout_s
        while True:
            with plainly():
                records = self._read(start, most)
            if records or time.monotonic() >= deadline:
                return records
            time.sleep(min(_LOOK_EVERY_S, max(0.0, deadline - time.monotonic())))

    def retention_days(self, topics: Collection[str]) -> Mapping[str, float | None]:
        with plainly():
            rows = self._connected().execute(
                "SELECT topic, retention_days FROM log_topic WHERE topic = ANY(%s)", (list(topics),)
            )
            return {str(topic): float(days) for topic, days in rows}

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _read(self, start: Mapping[TopicPartition, int], most: int) -> list[Seen]:
        ends = heads(self._connected(), start)
        behind = [at for at in sorted(start) if ends.get(at, 0) > start[at]]
        ranges = shares(behind, start, ends, most)
        if not ranges:
            return []
        arguments = (
            [at.topic for at in ranges],
            [at.partition for at in ranges],
            [low for low, _ in ranges.values()],
            [high for _, high in ranges.values()],
        )
        with self._connected().cursor(binary=True) as cursor:
            cursor.execute(_READ, arguments)
            return [Seen(unpack(row[:6]), row[6]) for row in cursor]

    def _connected(self) -> psycopg.Connection:
        if self._connection is None or self._connection.broken or self._connection.closed:
            self._connection = connect(self._url, "operator")
        return self._connection
