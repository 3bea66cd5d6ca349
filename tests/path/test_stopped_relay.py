"""A relay that is stopped, not dead: another takes over, and when it wakes it breaks nothing (rule D1)."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import uuid4

import psycopg
import pytest

from tests.kafka.broker import KafkaBroker
from tests.path.stage import Stage, stage
from tests.path.test_sigkill import start
from tests.postgres.server import PostgresServer
from tests.scale import SCALE

pytestmark = pytest.mark.D1

TAKES_OVER_S = 6.0
"""The server ends a silent session after 5 s; the other relay asks for the lock every second."""
STOPPED_S = TAKES_OVER_S + 1 + min(1.0, SCALE) * 53


@pytest.fixture
def both(
    postgres_server: PostgresServer, log_database: str, kafka_broker: KafkaBroker
) -> Iterator[dict[str, Stage]]:
    """A stage on each log, so that the waiting is done for both at once."""
    with ExitStack() as stack:
        urls = {"postgres": log_database, "kafka": kafka_broker.url}
        yield {name: stack.enter_context(stage(postgres_server, url)) for name, url in urls.items()}


class Relays:
    """Two relay processes of one owner, of which the first leads, and a writer that keeps them busy."""

    def __init__(self, on: Stage) -> None:
        self._on = on
        self._keys = [uuid4() for _ in range(3)]
        self.noted = 0
        self.first = start(on, "relay", None)
        self.write_until(lambda: self.waits_since() == 0.0, patience_s=120)
        self.second = start(on, "relay", None)

    def write(self) -> None:
        self.noted += 1
        for key in self._keys:
            self._on.note(key, self.noted)

    def write_until(self, enough: Callable[[], bool], *, patience_s: float) -> None:
        ends = time.monotonic() + patience_s
        while not enough():
            assert time.monotonic() < ends, f"still not so after {patience_s} s"
            self.write()
            time.sleep(0.2)

    def waits_since(self) -> float:
        """How many seconds ago the oldest event of the outbox was recorded; 0 when there is none."""
        with psycopg.connect(self._on.owner_url) as connection:
            row = connection.execute(
                "SELECT extract(epoch FROM clock_timestamp() - min(occurred_at)) FROM outbox"
            ).fetchone()
        return float(row[0] or 0) if row else 0.0

    def sessions(self) -> int:
        """How many of the two relays are connected to the owner's database."""
        with psycopg.connect(self._on.owner_url) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE application_name = 'relay' AND datname = current_database()"
            ).fetchone()
        return int(row[0]) if row else 0

    def check(self) -> None:
        deadline = time.monotonic() + 30
        while self.waits_since():
            assert time.monotonic() < deadline, "the outbox is not emptied"
            time.sleep(0.05)
        with psycopg.connect(self._on.owner_url) as connection:
            assert connection.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
        self._on.consume(until=self.noted * len(self._keys), seconds=60)
        for key in self._keys:
            assert self._on.effects(key) == list(range(1, self.noted + 1))

    def end(self) -> None:
        for process in (self.first, self.second):
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()


@pytest.mark.timeout(400 + 2 * STOPPED_S)
def test_another_relay_takes_over_from_one_that_is_stopped_and_nothing_breaks_when_it_goes_on(
    both: dict[str, Stage],
) -> None:
    with ExitStack() as stack:
        relays = []
        for on in both.values():
            one = Relays(on)
            stack.callback(one.end)
            relays.append(one)
        for one in relays:
            one.write_until(lambda one=one: one.sessions() == 2, patience_s=120)  # type: ignore[misc]
        stop(relays)
        stopped_at = time.monotonic()
        took_over: dict[int, float] = {}
        while time.monotonic() < stopped_at + STOPPED_S or len(took_over) < len(relays):
            assert time.monotonic() < stopped_at + STOPPED_S + 20, f"only {took_over} took over"
            for number, one in enumerate(relays):
                since = time.monotonic() - stopped_at
                if number not in took_over and since > 1 and one.waits_since() < since - 1:
                    took_over[number] = since  # what was written when it stopped has gone
                one.write()
            time.sleep(0.05)
        for one in relays:
            one.first.send_signal(signal.SIGCONT)
        ends = time.monotonic() + 1
        while time.monotonic() < ends:
            for one in relays:
                one.write()
        for one in relays:
            assert one.first.poll() is None, "the relay that was stopped has died"
            one.check()
    assert max(took_over.values()) < TAKES_OVER_S + 4, took_over


def stop(relays: list[Relays]) -> None:
    """Stop each leader with something on its hands: what is written after that waits for the other."""
    for one in relays:
        one.write()
        one.first.send_signal(signal.SIGSTOP)
        one.write()
