"""The product's side: its relay, its consumer with a set-based projection, and a commit's way to its effect."""

import statistics
import threading
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.events.base import Received
from shared.path.consumer import Consumer
from shared.path.handlers import Handlers
from shared.path.relay import Relay
from tests.bench.material import EVENTS, Ground

_UPSERT = text(
    "INSERT INTO latest SELECT * FROM unnest(CAST(:keys AS uuid[]), CAST(:ns AS bigint[]))"
    " ON CONFLICT (key) DO UPDATE SET n = excluded.n"
)
SENT = 300
RATE_PER_S = 100


def relay(ground: Ground) -> float:
    """Seconds to relay EVENTS rows."""
    ground.fill_outbox()
    relay = Relay(ground.on.owner_url, ground.on.log, service=ground.on.owner)
    with psycopg.connect(ground.on.owner_url, autocommit=True) as connection:
        began = time.perf_counter()
        while relay.relay_once(connection):
            pass
        spent = time.perf_counter() - began
    relay.close()
    return spent


def project_noted(db: Session, events: Sequence[Received[Any]]) -> None:
    latest = {one.event.couple_id: one.event.n for one in events}
    db.execute(_UPSERT, {"keys": list(latest), "ns": list(latest.values())})


def project(ground: Ground) -> float:
    """Seconds to project EVENTS records."""
    ground.fill_topic()
    on = ground.on
    handlers = Handlers("reader", projections={on.noted: project_noted})
    consumer = Consumer(on.reader_db, on.log, handlers, event_key=on.event_key, member="bench-1")
    consumer.open()
    while not consumer.is_assigned:
        consumer.step(0.0)
    began = time.perf_counter()
    before = on.position()
    while on.position() < EVENTS:
        consumer.step(0.5)
    spent = time.perf_counter() - began
    consumer.close()
    return spent * EVENTS / (EVENTS - before)


def commit_to_effect(ground: Ground) -> tuple[float, float]:
    """p50 and p99 in ms from a commit in one service to its effect's commit in another, at RATE_PER_S."""
    on, stop = ground.on, threading.Event()
    consumer = Consumer(on.reader_db, on.log, on.handlers(), event_key=on.event_key, member="bench-1")
    threads = [
        threading.Thread(target=Relay(on.owner_url, on.log, service=on.owner).run, args=(stop,)),
        threading.Thread(target=consumer.run, args=(stop,)),
    ]
    for thread in threads:
        thread.start()
    with psycopg.connect(on.reader_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE effect ADD COLUMN at timestamptz DEFAULT clock_timestamp()")
    while not consumer.is_assigned:
        time.sleep(0.05)
    key = uuid4()
    on.note(key, -1)
    while not on.effects(key):
        time.sleep(0.05)
    sent: dict[int, float] = {}
    for n in range(SENT):
        on.note(key, n)
        sent[n] = time.time()
        time.sleep(1 / RATE_PER_S)
    while len(on.effects(key)) < SENT + 1:
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join(15)
    rows = on.read("SELECT n, extract(epoch FROM at)::float8 FROM effect WHERE n >= 0")
    waits = sorted((at - sent[n]) * 1000 for n, at in rows)
    return statistics.median(waits), waits[int(len(waits) * 0.99)]
