"""From a commit in one service to its effect's commit in another, at a steady rate."""

import statistics
import time
from collections.abc import Callable
from uuid import uuid4

import psycopg

from tests.bench.material import Ground
from tests.bench.processes import Part, at_work

SENT = 500
RATE_PER_S = 100


def commit_to_effect(*parts: Part) -> Callable[[Ground], tuple[float, float]]:
    """p50 and p99 in ms with these parts at work."""

    def measure(ground: Ground) -> tuple[float, float]:
        on, key = ground.on, uuid4()
        with psycopg.connect(on.reader_url, autocommit=True) as connection:
            connection.execute("ALTER TABLE effect ADD COLUMN at timestamptz DEFAULT clock_timestamp()")
        with at_work(ground, *parts):
            on.note(key, -1)
            _wait_for(ground, 1)
            sent: dict[int, float] = {}
            start = time.time()
            for n in range(SENT):
                time.sleep(max(0.0, start + n / RATE_PER_S - time.time()))
                on.note(key, n)
                sent[n] = time.time()
            _wait_for(ground, SENT + 1)
        rows = on.read("SELECT n, extract(epoch FROM at)::float8 FROM effect WHERE n >= 0")
        waits = sorted((at - sent[n]) * 1000 for n, at in rows)
        return statistics.median(waits), waits[int(len(waits) * 0.99)]

    return measure


def _wait_for(ground: Ground, effects: int) -> None:
    deadline = time.monotonic() + 60
    while ground.on.read("SELECT count(*) FROM effect")[0][0] < effects:
        assert time.monotonic() < deadline, "the effects do not come"
        time.sleep(0.05)
