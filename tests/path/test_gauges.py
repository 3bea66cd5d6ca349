"""Every figure of the path that operators look at, seen to move when the path does (docs/event-path.md)."""

import threading
import time
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from shared.clock import utcnow
from shared.db.tenancy import Database, Scope, once_committed
from shared.path.gauges import Horizon, measure
from shared.path.relay import Relay
from shared.path.upkeep import tidy
from shared.telemetry import metrics
from tests.path.stage import Stage
from tests.path.test_relay_and_ticks import _Takes, wait_until

pytestmark = pytest.mark.parametrize("on", ["postgres"], indirect=True)


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"attune_{name}", labels) or 0.0


def test_the_outbox_shows_how_much_waits_and_for_how_long(on: Stage) -> None:
    measure(on.owner_db, on.owner, Horizon())
    assert (value("outbox_rows", service=on.owner), value("outbox_oldest_age_seconds", service=on.owner)) == (
        0,
        0,
    )
    on.owner_db._carries["outbox"]._clock = lambda: utcnow() - timedelta(seconds=90)  # type: ignore[attr-defined]
    on.note(uuid4(), 1, 2, 3)
    measure(on.owner_db, on.owner, Horizon())
    assert value("outbox_rows", service=on.owner) == 3
    assert 89 < value("outbox_oldest_age_seconds", service=on.owner) < 120
    on.relay()
    assert value("relay_events_total", service=on.owner) == 3
    measure(on.owner_db, on.owner, Horizon())
    assert value("outbox_rows", service=on.owner) == 0


def test_the_relay_shows_keys_that_the_log_refuses(on: Stage) -> None:
    on.note(uuid4(), 1)
    on.note(uuid4(), 2)
    relay = Relay(on.owner_url, _Takes(lambda n: n != 1), service=on.owner)  # type: ignore[arg-type]
    with psycopg.connect(on.owner_url, autocommit=True) as connection:
        relay.relay_once(connection)
    assert value("relay_keys_held", service=on.owner) == 1
    assert value("relay_failures_total", service=on.owner) == 1


def test_dead_letters_and_the_keys_behind_them_are_counted(on: Stage) -> None:
    on.poison = {1}
    on.note(uuid4(), 1, 2, 3)
    on.note(uuid4(), 4)
    on.relay()
    before = value("dead_letters_total", service="reader", reason="parked")
    on.consume(until=4)
    measure(on.reader_db, "reader", Horizon())
    assert value("dead_letters_waiting", service="reader") == 3
    assert value("parked_keys", service="reader") == 1
    assert value("dead_letters_total", service="reader", reason="parked") == before + 2


def test_the_consumer_shows_its_batches_polls_rebalances_and_lag(
    on: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.path.consumer._REPORT_EVERY_S", 0.0)
    topic = f"attune.{on.owner}"
    on.note(uuid4(), 1, 2, 3)
    with on.owner_db.transaction(Scope()) as db:
        db.info["outbox"].record_ticks(db, on.owner)
    on.relay()
    batches, times = (
        value(f"consumer_batch_{what}_count", service="reader") for what in ("events", "seconds")
    )
    rebalances = value("consumer_rebalances_total", service="reader")
    before = time.time()
    on.consume(until=15)
    assert value("consumer_batch_events_count", service="reader") > batches
    assert value("consumer_batch_seconds_count", service="reader") > times
    assert value("consumer_rebalances_total", service="reader") == rebalances + 1
    assert before <= value("consumer_last_poll_timestamp_seconds", service="reader") <= time.time()
    assert value("consumer_events_total", service="reader", topic=topic) == 3
    assert value("consumer_lag_events", service="reader", topic=topic) == 0
    assert 0 < value("consumer_lag_seconds", service="reader", topic=topic) < 60
    on.read_again()
    on.consume(until=15)
    assert value("consumer_duplicates_total", service="reader", topic=topic) == 3


def test_who_no_longer_reads_a_topic_says_nothing_of_its_lag(on: Stage) -> None:
    """Its last word would else stand for ever, beside that of the member who reads it now."""

    class NothingToRead:
        def end_offsets(self) -> dict[object, int]:
            return {}

    labels = {"service": "reader", "topic": f"attune.{on.owner}"}
    lags = [metrics.consumer_lag_events.labels(**labels), metrics.consumer_lag_seconds.labels(**labels)]
    for lag in lags:
        lag.set(900)
    consumer = on.consumer()
    consumer._report(NothingToRead())  # type: ignore[arg-type]
    consumer.close()
    assert REGISTRY.get_sample_value("attune_consumer_lag_events", labels) is None
    assert REGISTRY.get_sample_value("attune_consumer_lag_seconds", labels) is None


def test_the_horizon_ages_while_a_write_transaction_stays_open(on: Stage) -> None:
    horizon = Horizon()
    measure(on.owner_db, on.owner, horizon)
    with psycopg.connect(on.owner_url) as forgotten:
        forgotten.execute("CREATE TABLE forgotten ()")
        measure(on.owner_db, on.owner, horizon)
        time.sleep(0.3)
        on.note(uuid4(), 1)  # others go on
        measure(on.owner_db, on.owner, horizon)
        assert value("transaction_horizon_age_seconds", service=on.owner) >= 0.3
    wait_until(lambda: _age(on, horizon) < 0.3)


def _age(on: Stage, horizon: Horizon) -> float:
    measure(on.owner_db, on.owner, horizon)
    return value("transaction_horizon_age_seconds", service=on.owner)


def test_lent_connections_and_those_that_nobody_gave_back_are_counted(
    on: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = {"service": "spring", "process": "web"}
    small = Database(on.owner_url, pool_size=1, name="spring-web")
    monkeypatch.setattr(small.engine.pool, "_timeout", 0.05)
    assert value("database_pool_connections_limit", **labels) == 1
    assert value("database_pool_connections_in_use", **labels) == 0
    with small.transaction(Scope()) as db:
        db.execute(text("SELECT 1"))
        assert value("database_pool_connections_in_use", **labels) == 1
        with pytest.raises(NoConnectionFree), small.transaction(Scope()) as other:
            other.execute(text("SELECT 1"))
    assert value("database_pool_connections_in_use", **labels) == 0
    assert value("database_pool_timeouts_total", **labels) == 1
    small.close()


def test_a_row_of_the_audit_ages_until_a_checkpoint_covers_it(on: Stage) -> None:
    def age() -> float:
        measure(on.owner_db, on.owner, Horizon())
        return value("audit_oldest_unsigned_age_seconds", service=on.owner)

    def seal(sequence: int) -> None:
        connection.execute(
            "INSERT INTO audit_chain (sequence, id, practice_id, at, actor_id, roles, act, kind, relation, route,"
            " previous, hash) VALUES (%s, gen_random_uuid(), gen_random_uuid(), now() - interval '90 seconds',"
            " gen_random_uuid(), '', 'read', 'entry', 'own', 'x', '', '')",
            (sequence,),
        )

    with psycopg.connect(on.owner_url, autocommit=True) as connection:
        assert age() == 0
        seal(1)
        assert 89 < age() < 120
        connection.execute("INSERT INTO audit_checkpoint VALUES (1, '', now(), 'key', '')")
        assert age() == 0
        assert 0 < value("audit_newest_checkpoint_age_seconds", service=on.owner) < 60
        seal(2)
        assert age() > 89


def test_the_timers_say_when_they_last_looked_and_measure_what_is_a_services_own(on: Stage) -> None:
    from shared.path import worker
    from shared.path.timers import Timers

    looked, stop, before = [], threading.Event(), time.time()
    timers = Timers(on.owner_db, service=on.owner, handlers={})
    arguments = (timers, on.owner_db, on.owner, [looked.append], stop)
    thread = threading.Thread(target=worker._fire, args=arguments)
    thread.start()
    wait_until(lambda: bool(looked))
    stop.set()
    thread.join(10)
    assert looked == [on.owner_db]
    assert before <= value("timers_last_look_timestamp_seconds", service=on.owner) <= time.time()


def test_what_is_counted_at_a_commit_is_not_counted_without_it(on: Stage) -> None:
    told: list[str] = []
    with on.owner_db.transaction(Scope()) as db:
        once_committed(db, lambda: told.append("committed"))
        assert told == []
    assert told == ["committed"]
    with suppress(ZeroDivisionError), on.owner_db.transaction(Scope()) as db:
        once_committed(db, lambda: told.append("taken back"))
        raise ZeroDivisionError
    assert told == ["committed"]


def test_the_worker_counts_its_ticks_and_measures(on: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from shared.path import worker

    monkeypatch.setattr(worker, "_TICK_S", 0.05)
    before, stop = value("ticks_total", service=on.owner), threading.Event()
    thread = threading.Thread(target=worker._ticks, args=(on.owner_db, on.owner, stop))
    thread.start()
    wait_until(lambda: value("ticks_total", service=on.owner) >= before + 2)
    stop.set()
    thread.join(10)
    assert value("outbox_rows", service=on.owner) >= 24


def test_upkeep_forgets_what_is_past_its_time_and_nothing_else(
    on: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.path.upkeep._PORTION", 2)
    on.poison = {7, 8}
    on.note(uuid4(), 1, 2, 3, 4, 5)
    on.note(uuid4(), 7)
    on.note(uuid4(), 8)
    on.relay()
    on.consume(until=7)
    assert tidy(on.reader_db) == 0
    with psycopg.connect(on.reader_url, autocommit=True) as connection:
        connection.execute("UPDATE inbox SET applied_at = now() - interval '44 days'")
        connection.execute(
            "UPDATE inbox SET applied_at = now() - interval '46 days'"
            " WHERE event_id IN (SELECT event_id FROM inbox LIMIT 3)"
        )
        connection.execute("UPDATE dead_letter SET created_at = now() - interval '90 days'")
        connection.execute(
            "UPDATE dead_letter SET replayed_at = now() - interval '46 days'"
            " WHERE id = (SELECT min(id) FROM dead_letter)"
        )
    assert tidy(on.reader_db) == 4
    assert on.read("SELECT count(*) FROM inbox") == [(2,)]
    assert len(on.dead()) == 1, "what was not replayed stays for ever"
