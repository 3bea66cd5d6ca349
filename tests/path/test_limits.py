"""A bad deploy stops the consumer loudly; slow reactions and deadlocks keep nobody waiting for long."""

import threading
import time
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.events.base import Received
from shared.path.consumer import Consumer
from shared.path.handlers import Handlers
from shared.path.limit import NothingIsOurs, TooManyDeadLetters
from shared.telemetry import metrics
from tests.path.stage import Stage
from tests.path.test_dead_letters import again
from tests.path.test_relay_and_ticks import wait_until

pytestmark = [pytest.mark.D1, pytest.mark.parametrize("on", ["postgres"], indirect=True)]


def bad_deploy(on: Stage, events: int) -> None:
    on.poison = set(range(1, events + 1))
    for n in range(1, events + 1):
        on.note(uuid4(), n)
    on.relay()


def test_a_bad_deploy_stops_the_consumer_instead_of_putting_everything_aside(on: Stage) -> None:
    bad_deploy(on, 60)
    consumer = on.consumer()
    with pytest.raises(TooManyDeadLetters):
        on.step_until(consumer, 60)
    consumer.close()
    assert len(on.dead()) == 20
    again_started = on.consumer()
    with pytest.raises(TooManyDeadLetters):
        on.step_until(again_started, 60)
    again_started.close()
    assert len(on.dead()) == 20, "a restart does not put more aside"


def test_a_few_bad_events_among_many_stop_nobody(on: Stage) -> None:
    on.poison = set(range(1, 31))
    for _ in range(10):
        on.note(uuid4(), *range(100, 150))
    for n in range(1, 31):
        on.note(uuid4(), n)
    on.relay()
    on.consume(until=530)
    assert on.dead() == ["failed"] * 30


def test_what_is_dead_on_arrival_is_weighed_against_what_came_with_it(on: Stage) -> None:
    """A new reader meets a full log: the good events of its first batch count."""
    for _ in range(25):
        on.append_signed(uuid4(), on.noted.TYPE.replace("v1", "v9"), b"{}")
    for _ in range(3):
        on.note(uuid4(), *range(100))
    on.relay()
    on.consume(until=325)
    assert on.dead() == ["unknown_type"] * 25


def test_a_whole_batch_that_is_dead_on_arrival_stops_it(on: Stage) -> None:
    for _ in range(30):
        on.append_signed(uuid4(), on.noted.TYPE.replace("v1", "v9"), b"{}")
    consumer = on.consumer()
    with pytest.raises(TooManyDeadLetters):
        on.step_until(consumer, 30)
    consumer.close()
    assert on.dead() == []


def test_whoever_can_merely_reach_the_log_stops_nobody(on: Stage) -> None:
    for _ in range(60):
        on.append_raw(key=b"k", value=b"{}", headers=[("ce_id", b"1")])
    key = uuid4()
    on.note(key, 1)
    on.relay()
    on.consume(until=61)
    assert on.dead() == ["forged"] * 60
    assert on.effects(key) == [1]


def test_with_a_wrong_key_nothing_is_put_aside_and_the_right_one_goes_on(on: Stage) -> None:
    key = uuid4()
    on.note(key, 1, 2)
    on.relay()
    wrong = Consumer(on.reader_db, on.log, on.handlers(), event_key=b"another" * 4, member="reader-1")
    wrong.open()
    with pytest.raises(NothingIsOurs, match="ATTUNE_EVENT_KEY"):
        on.step_until(wrong, 2)
    wrong.close()
    assert on.dead() == []
    right = Consumer(on.reader_db, on.log, on.handlers(), event_key=on.event_key, member="reader-1")
    right.open()
    on.step_until(right, 2)
    right.close()
    assert on.effects(key) == [1, 2]


def test_what_waits_behind_one_bad_event_does_not_count(on: Stage) -> None:
    on.poison = {1}
    on.note(uuid4(), *range(1, 80))
    on.relay()
    on.consume(until=79)
    assert len(on.dead()) == 79


def test_a_stopped_consumer_says_so_and_goes_on_once_it_is_mended_and_replayed(
    on: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.path.consumer._STOPPED_S", 0.2)
    bad_deploy(on, 60)
    consumer = Consumer(on.reader_db, on.log, on.handlers(), event_key=on.event_key, member="reader-1")
    stop = threading.Event()
    thread = threading.Thread(target=consumer.run, args=(stop,))
    thread.start()
    try:
        wait_until(lambda: consumer.trouble is not None)
        assert "20" in str(consumer.trouble) or "21" in str(consumer.trouble)
        assert gauge(metrics.consumer_stopped) == 1
        assert not consumer.is_assigned
        on.poison = set()
        again(on)
        wait_until(lambda: on.position() == 60)
        wait_until(lambda: consumer.trouble is None)
        assert gauge(metrics.consumer_stopped) == 0
    finally:
        stop.set()
        thread.join(15)
    assert len(on.read("SELECT 1 FROM effect")) == 60


def gauge(metric: Any) -> float:
    return float(metric.labels("reader")._value.get())


def test_slow_reactions_are_committed_in_small_batches(on: Stage) -> None:
    on.note(uuid4(), *range(40))
    on.relay()

    def react(db: Session, one: Received[Any]) -> None:
        time.sleep(0.03)
        on.apply(db, one)

    handlers = Handlers("reader", reactions={on.noted: react})
    consumer = Consumer(on.reader_db, on.log, handlers, event_key=on.event_key, member="reader-1")
    consumer._applying._reaction_s = 0.0005  # as if they had been quick until now
    consumer.open()
    with psycopg.connect(on.reader_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE effect ADD COLUMN xid text DEFAULT pg_current_xact_id()::text")
    on.step_until(consumer, 40)
    consumer.close()
    sizes = [count for (count,) in on.read("SELECT count(*) FROM effect GROUP BY xid")]
    assert sum(sizes) == 40
    assert max(sizes) <= 10, "0.03 s each: no more than 0.25 s wait for one commit"


def test_a_deadlock_with_a_command_is_tried_again_at_once(on: Stage) -> None:
    on.note(uuid4(), 1)
    on.relay()
    with psycopg.connect(on.reader_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE pair (id int PRIMARY KEY, n int)")
        connection.execute("INSERT INTO pair VALUES (1, 0), (2, 0)")
    rival = psycopg.connect(on.reader_url)
    rival.execute("SET deadlock_timeout = '60s'")  # so that the consumer is the one that is told
    tries, holding, waits = [], threading.Event(), threading.Event()

    def cross() -> None:
        rival.execute("UPDATE pair SET n = n + 1 WHERE id = 2")
        holding.set()
        waits.wait(10)
        rival.execute("UPDATE pair SET n = n + 1 WHERE id = 1")
        rival.commit()

    def react(db: Session, one: Received[Any]) -> None:
        tries.append(1)
        db.execute(text("UPDATE pair SET n = n + 1 WHERE id = 1"))
        waits.set()
        time.sleep(0.2)
        db.execute(text("UPDATE pair SET n = n + 1 WHERE id = 2"))
        on.apply(db, one)

    thread = threading.Thread(target=cross)
    thread.start()
    assert holding.wait(10)
    handlers = Handlers("reader", reactions={on.noted: react})
    consumer = Consumer(on.reader_db, on.log, handlers, event_key=on.event_key, member="reader-1")
    consumer.open()
    on.step_until(consumer, 1)
    consumer.close()
    thread.join(10)
    rival.close()
    assert len(tries) == 2
    assert on.read("SELECT n FROM pair ORDER BY id") == [(2,), (2,)]
    assert on.dead() == []
