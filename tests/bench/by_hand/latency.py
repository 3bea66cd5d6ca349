"""Commit to effect by hand: a thread that relays on each notification, a thread that consumes."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.bench.by_hand.consume import consume
from tests.bench.by_hand.relay import drain, sender
from tests.bench.by_hand.source import source
from tests.bench.material import Ground


@contextmanager
def parts(ground: Ground) -> Iterator[None]:
    """Both threads, from when they run until the end of the block."""
    stop = threading.Event()
    threads = [threading.Thread(target=part, args=(ground, stop)) for part in (_relay, _consume)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(15)


def _relay(ground: Ground, stop: threading.Event) -> None:
    with sender(ground) as send, psycopg.connect(ground.on.owner_url, autocommit=True) as connection:
        connection.execute("LISTEN attune_outbox")
        while not stop.is_set():
            drain(connection, send)
            next(connection.notifies(timeout=0.5, stop_after=1), None)


def _consume(ground: Ground, stop: threading.Event) -> None:
    on = ground.on
    with source(ground) as log, psycopg.connect(on.reader_url) as connection:
        while not stop.is_set():
            if records := log.poll():
                consume(connection, records, _keep, on.event_key, on.practice_id)


def _keep(connection: psycopg.Connection[Any], data: Sequence[Any]) -> None:
    for one in data:
        connection.execute("INSERT INTO effect (key, n) VALUES (%s, %s)", (one["couple_id"], one["n"]))
