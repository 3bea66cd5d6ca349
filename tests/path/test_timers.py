"""Timers fire once, in the practice's time, and a failing one never blocks or is forgotten."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from shared.clock import utcnow
from shared.db.practice import move_clock, practice_now, project_practice_created
from shared.db.tenancy import Scope
from shared.events.base import Received, Zone
from shared.events.gateway import PracticeCreated
from shared.path import timers
from shared.path.timers import DueTimer, Timers
from tests.path.stage import Stage, stage
from tests.postgres.server import PostgresServer


class Recorder:
    def __init__(self) -> None:
        self.fired: list[tuple[UUID, str]] = []
        self.fails = 0

    def __call__(self, db: Session, due: DueTimer, now: datetime) -> None:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("a bug")
        assert due.due_at <= now
        self.fired.append((due.ref, due.occurrence))


@pytest.fixture
def at(postgres_server: PostgresServer, log_database: str) -> Iterator[Stage]:
    with stage(postgres_server, log_database) as made:
        with made.reader_db.transaction(Scope(made.practice_id)) as db:
            created = PracticeCreated(zone=Zone("America/Denver"), is_demo=True)
            project_practice_created(db, [Received(created, uuid4(), made.practice_id, utcnow())])
        yield made


def schedule(at: Stage, ref: UUID, after: timedelta, occurrence: str = "") -> None:
    with at.reader_db.transaction(Scope(at.practice_id)) as db:
        timers.schedule(db, "probe", ref, practice_now(db) + after, occurrence=occurrence)


def clockwork(at: Stage, handler: Recorder, ahead: timedelta = timedelta()) -> Timers:
    at.reader_db._carries["clock"] = lambda: utcnow() + ahead
    return Timers(at.reader_db, service="reader", handlers={"probe": handler})


def test_a_timer_fires_when_it_is_due_and_not_again(at: Stage) -> None:
    handler, ref = Recorder(), uuid4()
    schedule(at, ref, timedelta(hours=1))
    assert clockwork(at, handler).fire_due() == 0
    assert clockwork(at, handler, timedelta(hours=2)).fire_due() == 1
    assert clockwork(at, handler, timedelta(hours=2)).fire_due() == 0
    assert handler.fired == [(ref, "")]


def test_moving_the_practices_clock_makes_its_timers_due(at: Stage) -> None:
    handler = Recorder()
    schedule(at, uuid4(), timedelta(days=90))
    with at.reader_db.transaction(Scope(at.practice_id)) as db:
        move_clock(db, at.practice_id, int(timedelta(days=91).total_seconds()))
    assert clockwork(at, handler).fire_due() == 1


def test_scheduling_again_moves_it_and_cancelling_removes_it(at: Stage) -> None:
    handler, moved, cancelled = Recorder(), uuid4(), uuid4()
    schedule(at, moved, timedelta(hours=1))
    schedule(at, moved, timedelta(hours=5))
    schedule(at, cancelled, timedelta(hours=1), "first")
    schedule(at, cancelled, timedelta(hours=1), "second")
    with at.reader_db.transaction(Scope(at.practice_id)) as db:
        timers.cancel(db, "probe", cancelled)
    assert clockwork(at, handler, timedelta(hours=2)).fire_due() == 0
    assert clockwork(at, handler, timedelta(hours=6)).fire_due() == 1
    assert handler.fired == [(moved, "")]


def test_a_failing_timer_is_tried_again_later_and_others_go_on(at: Stage) -> None:
    handler, first, second = Recorder(), uuid4(), uuid4()
    schedule(at, first, timedelta(minutes=1))
    schedule(at, second, timedelta(minutes=2))
    handler.fails = 1
    assert clockwork(at, handler, timedelta(minutes=3)).fire_due() == 1
    assert handler.fired == [(second, "")]
    assert clockwork(at, handler, timedelta(minutes=4)).fire_due() == 1
    assert handler.fired == [(second, ""), (first, "")]


def test_two_processes_share_the_work_without_firing_anything_twice(at: Stage) -> None:
    handler = Recorder()
    refs = [uuid4() for _ in range(40)]
    for ref in refs:
        schedule(at, ref, timedelta())
    threads = [
        threading.Thread(target=lambda: clockwork(at, handler, timedelta(seconds=1)).fire_due())
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ref for ref, _ in handler.fired) == sorted(refs)


def test_a_timer_that_failed_for_days_is_still_only_postponed(at: Stage) -> None:
    handler = Recorder()
    schedule(at, uuid4(), timedelta())
    with at.reader_db.transaction(Scope()) as db:
        db.connection().exec_driver_sql("UPDATE timer SET attempts = 1000")
    handler.fails = 1
    assert clockwork(at, handler, timedelta(seconds=1)).fire_due() == 0
    assert clockwork(at, handler, timedelta(hours=1)).fire_due() == 1


def test_a_timer_set_while_the_clock_moves_is_moved_with_it(at: Stage) -> None:
    handler = Recorder()
    with at.reader_db.transaction(Scope(at.practice_id)) as db:
        timers.schedule(db, "probe", uuid4(), practice_now(db) + timedelta(days=2))
        mover = threading.Thread(target=_move_clock, args=(at, timedelta(days=3)))
        mover.start()
        mover.join(0.5)
        assert mover.is_alive(), "the move waits for the timer's transaction"
    mover.join(10)
    assert clockwork(at, handler).fire_due() == 1


def _move_clock(at: Stage, by: timedelta) -> None:
    with at.reader_db.transaction(Scope(at.practice_id)) as db:
        move_clock(db, at.practice_id, int(by.total_seconds()))
