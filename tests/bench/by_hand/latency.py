"""Commit to effect by hand: one process relays on each notification, another consumes."""

from collections.abc import Sequence
from typing import Any

import psycopg

from tests.bench.by_hand.consume import consume
from tests.bench.by_hand.relay import drain, sender
from tests.bench.by_hand.source import source
from tests.bench.material import Ground


def run_relay(ground: Ground, stop: Any) -> None:
    with sender(ground) as send, psycopg.connect(ground.on.owner_url, autocommit=True) as connection:
        connection.execute("LISTEN attune_outbox")
        while not stop.is_set():
            drain(connection, send)
            next(connection.notifies(timeout=0.5, stop_after=1), None)


def run_consumer(ground: Ground, stop: Any) -> None:
    on = ground.on
    with source(ground) as log, psycopg.connect(on.reader_url) as connection:
        while not stop.is_set():
            if records := log.poll():
                consume(connection, records, _keep, on.event_key, on.practice_id)


def _keep(connection: psycopg.Connection[Any], data: Sequence[Any]) -> None:
    for one in data:
        connection.execute("INSERT INTO effect (key, n) VALUES (%s, %s)", (one["couple_id"], one["n"]))
