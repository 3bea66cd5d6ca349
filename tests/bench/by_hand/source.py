"""Reading either log by hand: batches of (topic, partition, offset, key, value, headers)."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Protocol

import psycopg
from kafka import KafkaConsumer
from kafka.coordinator.assignors.range import RangePartitionAssignor

from tests.bench.material import Ground

Record = tuple[str, int, int, bytes, bytes, list[tuple[str, bytes]]]
BATCH = 2000


class Source(Protocol):
    def poll(self) -> list[Record]: ...


class FromKafka:
    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer

    def poll(self) -> list[Record]:
        batches = self._consumer.poll(500, max_records=BATCH)
        return [
            (raw.topic, raw.partition, raw.offset, raw.key, raw.value, raw.headers)
            for batch in batches.values()
            for raw in batch
        ]


class FromTables:
    """Twelve partitions by their next offset; woken by the log's own notification."""

    def __init__(self, connection: psycopg.Connection, topic: str) -> None:
        self._connection, self._topic = connection, topic
        self._next = dict.fromkeys(range(12), 0)
        connection.execute(f'LISTEN "{topic}"')

    def poll(self) -> list[Record]:
        records = self._read()
        if not records:
            next(self._connection.notifies(timeout=0.5, stop_after=1), None)
            records = self._read()
        return records

    def _read(self) -> list[Record]:
        with self._connection.cursor(binary=True) as cursor:
            cursor.execute(
                'SELECT r.topic, r.partition, r."offset", r.key, r.value, r.headers FROM log_record AS r'
                " JOIN unnest(%s::int[], %s::bigint[]) AS n (partition, low) ON r.partition = n.partition"
                ' AND r."offset" >= n.low AND r."offset" < n.low + 167 WHERE r.topic = %s ORDER BY 2, 3',
                (list(self._next), list(self._next.values()), self._topic),
            )
            rows = cursor.fetchall()
        for _, partition, offset, *_ in rows:
            self._next[partition] = offset + 1
        return [(t, p, o, k, v, [(n, x.encode("latin-1")) for n, x in h]) for t, p, o, k, v, h in rows]


@contextmanager
def source(ground: Ground) -> Iterator[Source]:
    if not ground.is_kafka:
        with psycopg.connect(ground.on.log_url, autocommit=True) as connection:
            yield FromTables(connection, ground.topic)
        return
    made = KafkaConsumer(
        ground.topic,
        bootstrap_servers=ground.bootstrap,
        group_id=f"by-hand-{ground.topic}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        partition_assignment_strategy=[RangePartitionAssignor],
        metrics_enabled=False,
    )
    with closing(made):
        yield FromKafka(made)
