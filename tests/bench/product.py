"""The product's side: its relay, its consumer, alone and together, and a commit's way to its effect."""

import threading
import time
from collections.abc import Sequence
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.events.base import Received
from shared.path import outbox
from shared.path.consumer import Consumer
from shared.path.handlers import Handlers
from shared.path.relay import Relay
from tests.bench.material import EVENTS, REACTIONS, Ground

_UPSERT = text(
    "INSERT INTO latest SELECT * FROM unnest(CAST(:keys AS uuid[]), CAST(:ns AS bigint[]))"
    " ON CONFLICT (key) DO UPDATE SET n = excluded.n"
)
_LOCK = text("SELECT n, version FROM aggregate WHERE id = :key FOR UPDATE")
_CHANGE = text("UPDATE aggregate SET n = :n, version = version + 1 WHERE id = :key")


def relay(ground: Ground) -> float:
    """Seconds to relay EVENTS rows."""
    ground.fill_outbox()
    return _drain(ground)


def project(ground: Ground, events: int = EVENTS) -> float:
    """Seconds to project the records."""
    ground.fill_topic(events)
    spent = _drain_topic(ground, Handlers("reader", projections={ground.on.noted: project_noted}), events)
    ground.check_projected(events)
    return spent


def react(ground: Ground) -> float:
    """Seconds to react to REACTIONS records, each: lock, change, an event of its own."""
    ground.fill_topic(REACTIONS)
    changed = ground.on.changed

    def on_noted(db: Session, one: Received[Any]) -> None:
        key = one.event.couple_id
        db.execute(_LOCK, {"key": key}).one()
        db.execute(_CHANGE, {"key": key, "n": one.event.n})
        outbox.record(db, changed(couple_id=key, n=one.event.n))  # type: ignore[call-arg]

    spent = _drain_topic(ground, Handlers("reader", reactions={ground.on.noted: on_noted}), REACTIONS)
    ground.check_reacted()
    return spent


def together(ground: Ground) -> tuple[float, float]:
    """Seconds of relay and of projections when one process does both at once, as a worker does."""
    ground.fill_topic()
    ground.fill_outbox()
    spent: dict[str, float] = {}
    handlers = Handlers("reader", projections={ground.on.noted: project_noted})

    def run(name: str, body: Any) -> None:
        spent[name] = body()

    threads = [
        threading.Thread(target=run, args=("relay", lambda: _drain(ground))),
        threading.Thread(target=run, args=("project", lambda: _drain_topic(ground, handlers, EVENTS))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return spent["relay"], spent["project"]


def project_noted(db: Session, events: Sequence[Received[Any]]) -> None:
    latest = {one.event.couple_id: one.event.n for one in events}
    db.execute(_UPSERT, {"keys": list(latest), "ns": list(latest.values())})


def run_relay(ground: Ground, stop: Any) -> None:
    Relay(ground.on.owner_url, ground.on.log, service=ground.on.owner).run(stop)


def run_consumer(ground: Ground, stop: Any) -> None:
    on = ground.on
    Consumer(on.reader_db, on.log, on.handlers(), event_key=on.event_key, member="bench-1").run(stop)


def _drain(ground: Ground) -> float:
    relay = Relay(ground.on.owner_url, ground.on.log, service=ground.on.owner)
    with psycopg.connect(ground.on.owner_url, autocommit=True) as connection:
        began = time.perf_counter()
        while relay.relay_once(connection):
            pass
        spent = time.perf_counter() - began
    relay.close()
    return spent


def _drain_topic(ground: Ground, handlers: Handlers, events: int) -> float:
    """Seconds from the first batch on, as the loop by hand counts them."""
    on = ground.on
    consumer = Consumer(on.reader_db, on.log, handlers, event_key=on.event_key, member="bench-1")
    consumer.open()
    done, began = 0, 0.0
    source = consumer._source
    assert source is not None
    poll = source.poll

    def timed(timeout_s: float, most: int) -> Any:
        nonlocal began
        records = poll(timeout_s, most)
        began = began or (time.perf_counter() if records else 0.0)
        return records

    source.poll = timed  # type: ignore[method-assign]
    while done < events:
        done += consumer.step(0.5)
    spent = time.perf_counter() - began
    consumer.close()
    return spent
