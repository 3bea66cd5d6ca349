"""The same work by hand, with the same libraries and no product code but the log's own client."""

import json
import time
from uuid import UUID

import psycopg

from shared.eventlog.interface import Outgoing
from shared.events.base import topic_of
from tests.bench.material import EVENTS, Ground


def relay(ground: Ground) -> float:
    """Seconds for a loop of read, send, delete."""
    ground.fill_outbox()
    producer = ground.on.log.producer()
    with psycopg.connect(ground.on.owner_url, autocommit=True) as connection:
        began = time.perf_counter()
        while rows := connection.execute(
            "SELECT id, topic, partition, key, headers, payload FROM outbox ORDER BY id LIMIT 1000"
        ).fetchall():
            producer.append(
                [
                    Outgoing(t, p, k.encode(), bytes(body), tuple((n, v.encode()) for n, v in h.items()))
                    for _, t, p, k, h, body in rows
                ]
            )
            connection.execute("DELETE FROM outbox WHERE id = ANY(%s)", ([row[0] for row in rows],))
        spent = time.perf_counter() - began
    producer.close()
    return spent


def project(ground: Ground) -> float:
    """Seconds for a loop of poll, decode, inbox, upsert, position; no signature is checked."""
    ground.fill_topic()
    on = ground.on
    consumer = on.log.consumer(
        "by.hand",
        [topic_of(on.owner)],
        member="hand-1",
        on_assigned=lambda _: None,
        on_revoked=lambda _: None,
    )
    records = []
    while not records:
        records = consumer.poll(0.5, 2000)
    began, done = time.perf_counter(), 0
    with psycopg.connect(on.reader_url) as connection:
        while True:
            ids, latest, ends = [], {}, {}
            for record in records:
                named = dict(record.headers)
                data = json.loads(record.value)
                ids.append(UUID(named["ce_id"].decode()))
                latest[UUID(data["couple_id"])] = data["n"]
                ends[(record.topic, record.partition)] = record.offset + 1
            connection.execute(
                "INSERT INTO inbox (event_id, practice_id, type) SELECT id, %s, 'x' FROM unnest(%s::uuid[]) AS id"
                " ON CONFLICT DO NOTHING RETURNING event_id",
                (on.practice_id, ids),
            ).fetchall()
            connection.execute(
                "INSERT INTO latest SELECT * FROM unnest(%s::uuid[], %s::bigint[])"
                " ON CONFLICT (key) DO UPDATE SET n = excluded.n",
                (list(latest), list(latest.values())),
            )
            connection.execute(
                "INSERT INTO by_hand SELECT * FROM unnest(%s::text[], %s::int[], %s::bigint[])"
                " ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset",
                ([t for t, _ in ends], [p for _, p in ends], list(ends.values())),
            )
            connection.commit()
            done += len(records)
            if done >= EVENTS:
                break
            records = consumer.poll(0.5, 2000)
    spent = time.perf_counter() - began
    consumer.close()
    return spent
