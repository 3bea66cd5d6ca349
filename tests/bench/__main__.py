"""Prints one JSON line per figure: {"name", "value", "unit"}; `*_limit` is the work done by hand.

Medians of interleaved rounds; `*_of_limit` is the median of each round's own ratio, which holds when the machine's
speed drifts. ATTUNE_BENCH_ROUNDS and ATTUNE_BENCH_EVENTS change the size.
"""

import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from shared.eventlog.postgres import create_schema
from shared.telemetry import logs
from tests.bench import handwritten, product
from tests.bench.material import EVENTS, Ground
from tests.folders import open_folder
from tests.kafka.broker import KafkaBroker
from tests.path.stage import stage
from tests.postgres.server import PostgresServer

T = TypeVar("T")
ROUNDS = int(os.environ.get("ATTUNE_BENCH_ROUNDS", "5"))


def main() -> None:
    logs.configure(service="bench", process="bench", level="error")
    with servers() as (server, log_urls):
        for name, url in log_urls.items():
            compare(f"relay_rows_per_s_{name}", server, url, product.relay, handwritten.relay)
            compare(f"project_events_per_s_{name}", server, url, product.project, handwritten.project)
            p50, p99 = in_ground(server, url, product.commit_to_effect)
            say(f"commit_to_effect_ms_p50_{name}", p50, "ms")
            say(f"commit_to_effect_ms_p99_{name}", p99, "ms")


def compare(
    name: str,
    server: PostgresServer,
    log_url: str,
    ours: Callable[[Ground], float],
    by_hand: Callable[[Ground], float],
) -> None:
    """Seconds of both for EVENTS events, round by round, as events per second and their ratio."""
    rounds = [
        (EVENTS / in_ground(server, log_url, ours), EVENTS / in_ground(server, log_url, by_hand))
        for _ in range(ROUNDS)
    ]
    say(name, statistics.median(ours for ours, _ in rounds), "1/s")
    say(f"{name}_limit", statistics.median(limit for _, limit in rounds), "1/s")
    say(f"{name}_of_limit", statistics.median(ours / limit for ours, limit in rounds), "ratio")


def in_ground(server: PostgresServer, log_url: str, work: Callable[[Ground], T]) -> T:
    with stage(server, log_url) as on:
        return work(Ground(on))


def say(name: str, value: float, unit: str) -> None:
    sys.stdout.write(json.dumps({"name": name, "value": round(value, 3), "unit": unit}) + "\n")
    sys.stdout.flush()


@contextmanager
def servers() -> Iterator[tuple[PostgresServer, dict[str, str]]]:
    with open_folder() as folder:
        server = PostgresServer(folder / "postgres")
        broker = KafkaBroker(folder / "kafka")
        (folder / "kafka").mkdir()
        server.start()
        broker.start()
        try:
            with server.fresh_database("bench_log") as log_url:
                create_schema(log_url)
                yield server, {"embedded": log_url, "kafka": broker.url}
        finally:
            broker.stop()
            server.stop()


if __name__ == "__main__":
    main()
