"""A consumer by hand: check, decode, inbox, effect, position, one transaction a batch."""

import hmac
import json
import struct
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import psycopg

from tests.bench.by_hand.source import Record, source
from tests.bench.material import EVENTS, REACTIONS, Ground

_SIGNED = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_practice")
Effect = Callable[[psycopg.Connection[Any], Sequence[Any]], None]


def project(ground: Ground, events: int = EVENTS, *, checks: bool = True) -> float:
    """Seconds for a set-based projection. Without `checks` no signature is looked at."""
    ground.fill_topic(events)
    spent = _consume(ground, events, _upsert, checks=checks)
    ground.check_projected(events)
    return spent


def project_unchecked(ground: Ground) -> float:
    return project(ground, checks=False)


def react(ground: Ground) -> float:
    """Seconds for reactions, each: lock, change, an outbox row of its own; a batch commits after 100 ms."""
    ground.fill_topic(REACTIONS)
    spent = _consume(ground, REACTIONS, _change_each, checks=True, most=100)
    ground.check_reacted()
    return spent


def _consume(ground: Ground, events: int, effect: Effect, *, checks: bool, most: int = 2000) -> float:
    key, practice_id = ground.on.event_key, ground.on.practice_id
    with source(ground) as log, psycopg.connect(ground.on.reader_url) as connection:
        records: list[Record] = []
        while not records:
            records = log.poll()
        began, done = time.perf_counter(), 0
        while True:
            for start in range(0, len(records), most):
                consume(
                    connection, records[start : start + most], effect, key if checks else None, practice_id
                )
            done += len(records)
            if done >= events:
                return time.perf_counter() - began
            records = log.poll()


def consume(
    connection: psycopg.Connection[Any],
    records: Sequence[Record],
    effect: Effect,
    key: bytes | None,
    practice_id: UUID,
) -> None:
    """One batch in one transaction."""
    ids, data, ends = [], [], {}
    for topic, partition, offset, order_key, value, headers in records:
        named = dict(headers)
        if key is not None:
            _check(key, named, (topic.encode(), b"%d" % partition, order_key, value))
        ids.append(named["ce_id"].decode())
        data.append(json.loads(value))
        ends[topic, partition] = offset + 1
    connection.execute(
        "INSERT INTO inbox (event_id, practice_id, type) SELECT id, %s, 'x' FROM unnest(%s::uuid[]) AS id"
        " ON CONFLICT DO NOTHING",
        (practice_id, ids),
    )
    effect(connection, data)
    connection.execute(
        "INSERT INTO position_by_hand SELECT * FROM unnest(%s::text[], %s::int[], %s::bigint[])"
        " ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset",
        ([topic for topic, _ in ends], [partition for _, partition in ends], list(ends.values())),
    )
    connection.commit()


def _check(key: bytes, named: dict[str, bytes], rest: tuple[bytes, ...]) -> None:
    parts = (*[named[name] for name in _SIGNED], b"", *rest)
    lengths = struct.pack(f">{len(parts)}I", *map(len, parts))
    signature = hmac.digest(key, lengths + b"".join(parts), "sha256").hex()
    if not hmac.compare_digest(signature.encode(), named["attune-signature"]):
        raise ValueError("forged")


def _upsert(connection: psycopg.Connection[Any], data: Sequence[Any]) -> None:
    latest = {one["couple_id"]: one["n"] for one in data}
    connection.execute(
        "INSERT INTO latest SELECT * FROM unnest(%s::uuid[], %s::bigint[])"
        " ON CONFLICT (key) DO UPDATE SET n = excluded.n",
        (list(latest), list(latest.values())),
    )


def _change_each(connection: psycopg.Connection[Any], data: Sequence[Any]) -> None:
    for one in data:
        key = one["couple_id"]
        connection.execute("SELECT n, version FROM aggregate WHERE id = %s FOR UPDATE", (key,)).fetchone()
        connection.execute(
            "UPDATE aggregate SET n = %s, version = version + 1 WHERE id = %s", (one["n"], key)
        )
        connection.execute(
            "INSERT INTO outbox (event_id, practice_id, topic, partition, key, type, headers, payload, occurred_at)"
            " VALUES (gen_random_uuid(), gen_random_uuid(), 'by.hand', 0, %s, 'x', '{}', %s, now())",
            (key, json.dumps(one).encode()),
        )
    connection.execute("NOTIFY attune_outbox")
