"""A relay by hand: three batches under way to Kafka, or a locked head and COPY into the log's tables."""

import json
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from kafka import KafkaProducer

from tests.bench.material import Ground

_READ = "SELECT id, topic, partition, key, headers, payload FROM outbox WHERE id > %s ORDER BY id LIMIT 1000"
Wait = Callable[[], None]
Send = Callable[[list[Any]], Wait]


def relay(ground: Ground) -> float:
    """Seconds to send what lies in the outbox and delete what was acknowledged."""
    ground.fill_outbox()
    with sender(ground) as send, psycopg.connect(ground.on.owner_url, autocommit=True) as connection:
        began = time.perf_counter()
        drain(connection, send)
        return time.perf_counter() - began


def drain(connection: psycopg.Connection[Any], send: Send) -> None:
    under_way: deque[tuple[list[int], Wait]] = deque()
    last_id = 0
    while True:
        rows = connection.execute(_READ, (last_id,)).fetchall()
        if rows:
            last_id = rows[-1][0]
            under_way.append(([row[0] for row in rows], send(rows)))
        if rows and len(rows) == 1000 and len(under_way) < 3:
            continue
        if not under_way:
            return
        ids, wait = under_way.popleft()
        wait()
        connection.execute("DELETE FROM outbox WHERE id = ANY(%s)", (ids,))


@contextmanager
def sender(ground: Ground) -> Iterator[Send]:
    if not ground.is_kafka:
        with psycopg.connect(ground.on.log_url, autocommit=True) as connection:
            yield lambda rows: _copy(connection, rows)
        return
    producer = KafkaProducer(
        bootstrap_servers=ground.bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=20,
        batch_size=256 * 1024,
        compression_type="lz4",
        metrics_enabled=False,
    )
    try:
        yield lambda rows: _produce(producer, rows)
    finally:
        producer.close()


def _produce(producer: Any, rows: list[Any]) -> Wait:
    futures = [
        producer.send(
            topic,
            value=payload,
            key=key.encode(),
            headers=[(name, value.encode()) for name, value in headers.items()],
            partition=partition,
        )
        for _, topic, partition, key, headers, payload in rows
    ]

    def wait() -> None:
        if len(rows) < 1000:
            producer.flush()
        for future in futures:
            future.get(30)

    return wait


def _copy(connection: psycopg.Connection[Any], rows: list[Any]) -> Wait:
    counts = Counter((topic, partition) for _, topic, partition, *_ in rows)
    places = ([topic for topic, _ in counts], [partition for _, partition in counts])
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT topic, partition, next_offset FROM log_head WHERE (topic, partition) IN"
            " (SELECT * FROM unnest(%s::text[], %s::int[])) ORDER BY 1, 2 FOR UPDATE",
            places,
        )
        heads = {(topic, partition): offset for topic, partition, offset in cursor}
        cursor.execute(
            "UPDATE log_head AS h SET next_offset = h.next_offset + n.count FROM"
            " unnest(%s::text[], %s::int[], %s::bigint[]) AS n (topic, partition, count)"
            " WHERE (h.topic, h.partition) = (n.topic, n.partition)",
            (*places, list(counts.values())),
        )
        with cursor.copy(
            'COPY log_record (topic, partition, "offset", key, value, headers) FROM STDIN (FORMAT BINARY)'
        ) as copy:
            copy.set_types(["text", "int4", "int8", "bytea", "bytea", "bytea"])
            for _, topic, partition, key, headers, payload in rows:
                offset = heads[topic, partition]
                heads[topic, partition] = offset + 1
                packed = json.dumps(list(headers.items())).encode()
                copy.write_row((topic, partition, offset, key.encode(), payload, packed))
        cursor.execute("SELECT pg_notify(%s, '')", (rows[0][1],))
    return lambda: None
