"""The relay leads alone, outlives outages; a tick says what a reader knows for sure."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from shared.clock import utcnow
from shared.db.tenancy import Scope
from shared.eventlog.interface import PARTITIONS, LogUnavailable, Outgoing, Sending
from shared.eventlog.postgres.producer import Appended
from shared.path import outbox
from shared.path.freshness import known_until
from shared.path.relay import Relay
from shared.settings import Traces
from shared.telemetry import exporting, trace
from tests.path.stage import Stage
from tests.traces.receiver import receiving

pytestmark = pytest.mark.D1


def wait_until(condition: object, *, seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, f"still not so after {seconds} s"
        time.sleep(0.02)


def waiting(on: Stage) -> int:
    with psycopg.connect(on.owner_url) as connection:
        return int(connection.execute("SELECT count(*) FROM outbox").fetchone()[0])  # type: ignore[index]


def test_of_two_relays_one_leads_and_the_other_takes_over(on: Stage) -> None:
    stops = [threading.Event(), threading.Event()]
    threads = [
        threading.Thread(target=Relay(on.owner_url, on.log, service=on.owner).run, args=(stop,))
        for stop in stops
    ]
    for thread in threads:
        thread.start()
    try:
        key = uuid4()
        on.note(key, 1, 2)
        wait_until(lambda: waiting(on) == 0)
        stops[0].set()
        threads[0].join(10)
        on.note(key, 3, 4)
        wait_until(lambda: waiting(on) == 0)
        on.consume(until=4)
        assert on.effects(key) == [1, 2, 3, 4]
    finally:
        for stop in stops:
            stop.set()
        for thread in threads:
            thread.join(10)


class _Refusing:
    """A producer whose log is down."""

    def send(self, records: object) -> Sending:
        raise LogUnavailable("down")

    def close(self) -> None: ...


def test_while_the_log_is_down_nothing_leaves_the_outbox(on: Stage) -> None:
    on.note(uuid4(), 1)
    relay = Relay(on.owner_url, on.log, service=on.owner)
    relay._producer = _Refusing()
    with psycopg.connect(on.owner_url, autocommit=True) as connection, pytest.raises(LogUnavailable):
        relay.relay_once(connection)
    assert waiting(on) == 1
    assert on.relay() == 1


class _Takes:
    """A log that takes only what `takes` says; `sent` keeps the numbers it was asked to take."""

    def __init__(self, takes: Callable[[int], bool]) -> None:
        self.takes = takes
        self.sent: list[Any] = []

    def producer(self) -> "_Takes":
        return self

    def send(self, records: Sequence[Outgoing]) -> Sending:
        numbers = [json.loads(record.value).get("n", "tick") for record in records]
        self.sent += numbers
        return Appended([None if self.takes(n) else TimeoutError() for n in numbers])

    def close(self) -> None: ...


def test_a_refused_event_stops_its_key_and_no_other(on: Stage) -> None:
    sick, well = uuid4(), uuid4()
    on.note(sick, 1, 2, 3)
    on.note(well, 4, 5)
    log = _Takes(lambda n: n != 2)
    relay = Relay(on.owner_url, log, service=on.owner)  # type: ignore[arg-type]
    with psycopg.connect(on.owner_url, autocommit=True) as connection:
        assert relay.relay_once(connection) == 3
        assert waiting(on) == 2, "what was refused, and what of its key the log took after it"
        on.note(well, 6)
        assert relay.relay_once(connection) == 1, "the key waits, the others go on"
        assert log.sent == [1, 2, 3, 4, 5, 6]
        log.takes = lambda _: True
        wait_until(lambda: relay.relay_once(connection) == 2)
        assert log.sent[6:] == [2, 3], "sent again in order"


def test_a_tick_does_not_vouch_for_a_refused_event_of_its_partition(on: Stage) -> None:
    key = uuid4()
    on.note(key, 1)
    log = _Takes(lambda n: n != 1)
    relay = Relay(on.owner_url, log, service=on.owner)  # type: ignore[arg-type]
    with psycopg.connect(on.owner_url, autocommit=True) as connection:
        relay.relay_once(connection)
        with on.owner_db.transaction(Scope()) as db:
            db.info["outbox"].record_ticks(db, on.owner)
        assert relay.relay_once(connection) == PARTITIONS - 1
        assert waiting(on) == 2, "the event, and the tick of its partition"


def test_what_commits_late_is_not_overtaken_by_what_its_key_says_next(on: Stage) -> None:
    """A pass of several batches: between two of them an older row commits, and then a newer one of its key."""
    key, others = uuid4(), [uuid4() for _ in range(6)]
    late = on.owner_db.transaction(Scope(on.practice_id))
    db = late.__enter__()
    outbox.record(db, on.noted(couple_id=key, n=1))  # type: ignore[call-arg]
    outbox.write_now(db)
    for other in others:
        on.note(other, 10)

    def meanwhile(_: int) -> bool:
        if not late_is_done:
            late_is_done.append(True)
            late.__exit__(None, None, None)
            on.note(key, 2)
            with on.owner_db.transaction(Scope()) as ticking:
                ticking.info["outbox"].record_ticks(ticking, on.owner)
        return True

    late_is_done: list[bool] = []
    log = _Takes(meanwhile)
    relay = Relay(on.owner_url, log, service=on.owner)  # type: ignore[arg-type]
    relay.batch = 2
    with psycopg.connect(on.owner_url, autocommit=True) as connection:
        while relay.relay_once(connection):
            pass
    facts = [n for n in log.sent if n != 10]
    assert facts == [1, 2, *["tick"] * PARTITIONS]


def test_a_backlog_of_many_batches_goes_out_in_order(on: Stage) -> None:
    one, other = uuid4(), uuid4()
    for start in range(0, 2500, 500):
        on.note(one, *range(start, start + 500))
        on.note(other, *range(start, start + 500))
    assert on.relay() == 5000
    on.consume(until=5000)
    assert on.effects(one) == on.effects(other) == list(range(2500))


def test_a_tick_vouches_for_all_that_was_committed_before_it(on: Stage) -> None:
    with on.reader_db.transaction(Scope()) as db:
        assert known_until(db, on.owner) is None, "nothing is known before the first tick"
    key = uuid4()
    on.note(key, 1)
    before = utcnow()
    with on.owner_db.transaction(Scope()) as db:
        ticked_at = db.info["outbox"].record_ticks(db, on.owner)
    on.relay()
    on.consume(until=1 + PARTITIONS)
    with on.reader_db.transaction(Scope()) as db:
        assert known_until(db, on.owner) == ticked_at > before
        assert known_until(db, on.owner, key=str(key)) == ticked_at
    assert on.effects(key) == [1]


def test_a_trace_goes_through_outbox_relay_and_log_to_its_reader(on: Stage) -> None:
    with receiving() as receiver:
        exporting.start(Traces(receiver.url, 1.0), service="intake", process="worker")
        try:
            with trace.span(None, "POST /", "server") as asked:
                on.note(uuid4(), 1)
            on.relay()
            on.consume(until=1, reacting=True)
        finally:
            exporting.stop()
        spans = {one.kind: one for one in receiver.spans}
    assert len(receiver.spans) == len(spans) == 3
    assert {one.trace_id for one in spans.values()} == {asked.context.trace_id}
    assert spans["producer"].parent_id == spans["consumer"].parent_id == spans["server"].span_id
