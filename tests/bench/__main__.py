"""Prints one JSON line per figure: {"name", "value", "unit"}; `*_limit` is the work done by hand.

Medians of interleaved rounds; `*_of_limit` is the median of each round's own ratio, which holds when the machine's
speed drifts. ATTUNE_BENCH_ROUNDS and ATTUNE_BENCH_EVENTS change the size; names as arguments choose figures.
"""

import json
import os
import signal
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from shared.eventlog.postgres import create_schema
from shared.path.worker import collect_seldom
from shared.telemetry import logs
from tests.bench import product
from tests.bench.by_hand import consume, latency
from tests.bench.by_hand.relay import relay as relay_by_hand
from tests.bench.large_practice import large_practice
from tests.bench.latency import commit_to_effect
from tests.bench.material import BACKLOG, EVENTS, REACTIONS, Ground
from tests.bench.partner_page import partner_pages
from tests.bench.private_read import private_read
from tests.bench.vault import FIGURES, RECORDS
from tests.folders import open_folder
from tests.kafka.broker import KafkaBroker
from tests.path.stage import stage
from tests.postgres.server import PostgresServer

T = TypeVar("T")
ROUNDS = int(os.environ.get("ATTUNE_BENCH_ROUNDS", "5"))
Work = Callable[[Ground], float]


def say(name: str, value: float, unit: str) -> None:
    """One figure, as a JSON line."""
    sys.stdout.write(json.dumps({"name": name, "value": round(value, 3), "unit": unit}) + "\n")
    sys.stdout.flush()


def is_chosen(name: str, chosen: list[str]) -> bool:
    """Whether this figure was asked for: all are where none is named."""
    return not chosen or any(name.startswith(one) for one in chosen)


def is_all(name: str, chosen: list[str]) -> bool:
    """Whether nothing else was asked for."""
    return bool(chosen) and all(name.startswith(one) for one in chosen)


class Bench:
    """One log, and the grounds on it."""

    def __init__(self, server: PostgresServer, log: str, url: str, chosen: list[str]) -> None:
        self._server, self._log, self._url, self._chosen = server, log, url, chosen

    def run(self) -> None:
        self.rate("relay_rows_per_s", EVENTS, product.relay, {"limit": relay_by_hand})
        by_hand = {"limit": consume.project, "unchecked_limit": consume.project_unchecked}
        self.rate("project_events_per_s", EVENTS, product.project, by_hand)
        self.rate("react_events_per_s", REACTIONS, product.react, {"limit": consume.react})
        self.latency()
        self.backlog()
        self.together()

    def rate(self, name: str, events: int, ours: Work, by_hand: Mapping[str, Work]) -> None:
        """Events per second of each, round by round, and the ratio to each limit."""
        if not self._is_chosen(name):
            return
        rounds = [
            {which: events / self._on(work) for which, work in {"": ours, **by_hand}.items()}
            for _ in range(ROUNDS)
        ]
        self._say(name, statistics.median(one[""] for one in rounds), "1/s")
        for which in by_hand:
            self._say(f"{name}_{which}", statistics.median(one[which] for one in rounds), "1/s")
            ratio = statistics.median(one[""] / one[which] for one in rounds)
            self._say(f"{name}_of_{which}", ratio, "ratio")

    def latency(self) -> None:
        if not self._is_chosen("commit_to_effect_ms"):
            return
        sides = {
            "": (product.run_relay, product.run_consumer),
            "_limit": (latency.run_relay, latency.run_consumer),
        }
        rounds = [
            {side: self._on(commit_to_effect(*parts)) for side, parts in sides.items()} for _ in range(ROUNDS)
        ]
        for side in sides:
            for index, quantile in enumerate(("p50", "p99")):
                value = statistics.median(one[side][index] for one in rounds)
                self._say(f"commit_to_effect_ms_{quantile}{side}", value, "ms")

    def backlog(self) -> None:
        if not self._is_chosen("backlog_100k_s"):
            return
        rounds = [
            (
                self._on(partial(product.project, events=BACKLOG)),
                self._on(partial(consume.project, events=BACKLOG)),
            )
            for _ in range(max(1, ROUNDS // 2))
        ]
        self._say("backlog_100k_s", statistics.median(ours for ours, _ in rounds), "s")
        self._say("backlog_100k_s_limit", statistics.median(limit for _, limit in rounds), "s")

    def together(self) -> None:
        if not self._is_chosen("together"):
            return
        rounds = [self._on(product.together) for _ in range(ROUNDS)]
        for index, name in enumerate(("relay_rows_per_s", "project_events_per_s")):
            self._say(f"{name}_together", EVENTS / statistics.median(one[index] for one in rounds), "1/s")

    def _is_chosen(self, name: str) -> bool:
        return is_chosen(name, self._chosen)

    def _on(self, work: Callable[[Ground], T]) -> T:
        with stage(self._server, self._url) as on:
            return work(Ground(on))

    def _say(self, name: str, value: float, unit: str) -> None:
        say(f"{name}_{self._log}", value, unit)


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


def vault_figures(chosen: list[str]) -> bool:
    """The vault's figures, which need no log; whether nothing else was asked for."""
    wanted = [name for name in FIGURES if is_chosen(name, chosen)]
    for name in wanted:
        rounds = [[RECORDS / work() for work in FIGURES[name]] for _ in range(ROUNDS)]
        for index, side in enumerate(("", "_limit")):
            value = statistics.median(one[index] for one in rounds)
            say(name + side, value, "1/s")
        say(f"{name}_of_limit", statistics.median(ours / limit for ours, limit in rounds), "ratio")
    return bool(chosen) and all(one.startswith("vault") for one in chosen)


def read_figures(chosen: list[str]) -> bool:
    """What a private read costs, and each thing that guards it; whether nothing else was asked for."""
    if is_chosen("private_read_ms", chosen):
        found = private_read(ROUNDS)
        for variant, rounds in found.items():
            say(f"private_read_ms{variant}", statistics.median(rounds), "ms")
            if variant:
                ratio = statistics.median(ours / other for ours, other in zip(found[""], rounds, strict=True))
                say(f"private_read_ms_of{variant}", ratio, "ratio")
    return is_all("private_read_ms", chosen)


def page_figures(chosen: list[str]) -> bool:
    """What a partner's page takes, and its services alone; whether nothing else was asked for."""
    if is_chosen("partner_page_ms", chosen):
        for name, rounds in partner_pages(ROUNDS).items():
            for index, side in enumerate(("", "_limit")):
                value = statistics.median(one[index] for one in rounds)
                say(f"partner_page_ms_p95{side}_{name}", value, "ms")
            ratio = statistics.median(ours / limit for ours, limit in rounds)
            say(f"partner_page_ms_p95_of_limit_{name}", ratio, "ratio")
    return is_all("partner_page_ms", chosen)


def practice_figures(chosen: list[str]) -> bool:
    """What reads take in a large practice, and in a small one; whether nothing else was asked for."""
    if is_chosen("large_practice_ms", chosen):
        for name, rounds in large_practice(ROUNDS).items():
            for index, side in enumerate(("", "_small")):
                say(f"large_practice_ms_{name}{side}", statistics.median(one[index] for one in rounds), "ms")
    return is_all("large_practice_ms", chosen)


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is stopped first
    logs.configure(service="bench", process="bench", level="error")
    collect_seldom()  # as a worker does; the loops by hand have it too
    if any(
        figures(sys.argv[1:]) for figures in (vault_figures, read_figures, page_figures, practice_figures)
    ):
        return
    with servers() as (server, log_urls):
        for log, url in log_urls.items():
            Bench(server, log, url, sys.argv[1:]).run()


if __name__ == "__main__":
    main()
