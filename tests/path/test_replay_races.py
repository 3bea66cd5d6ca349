"""Replays beside other replays and beside the worker: nothing twice, nothing out of order, nothing left behind.

Each test forces its interleaving: a handler waits in the middle of its transaction until the other side has got as
far as it can.
"""

import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy.orm import Session

from shared.eventlog.interface import partition_of
from shared.events.base import Received
from shared.path.acts import Operator
from shared.path.consumer import Consumer
from shared.path.dead_letters.outcome import Outcome
from shared.path.dead_letters.wanted import Wanted
from shared.path.handlers import Handlers
from shared.path.replay import Replayed, replay_wanted
from tests.path.stage import Stage

pytestmark = [pytest.mark.D1, pytest.mark.parametrize("on", ["postgres"], indirect=True)]


class Gate:
    """Stops whoever applies the event with this number, in the middle of the transaction."""

    def __init__(self, on: Stage, n: int) -> None:
        self._on, self._n = on, n
        self.is_reached, self.opened = threading.Event(), threading.Event()

    def apply(self, db: Session, one: Received[Any]) -> None:
        self._on.apply(db, one)
        if one.event.n == self._n:
            self.is_reached.set()
            assert self.opened.wait(20), "nobody opened the gate"

    @property
    def handlers(self) -> Handlers:
        return Handlers("reader", reactions=dict.fromkeys(self._on.kinds, self.apply))


@contextmanager
def beside(work: Callable[[], Any], until: threading.Event | None = None) -> Any:
    """`work` on a thread of its own, from when it got as far as `until`; its failure is the test's."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert until is None or until.wait(20), failed or "it did not get there"
    yield
    thread.join(30)
    assert not thread.is_alive()
    assert failed == []


def replay_all(on: Stage, handlers: Handlers, tell: Callable[[Outcome], None] | None = None) -> Replayed:
    operator = Operator(threading.current_thread().name)
    return replay_wanted(
        on.reader_db, handlers, event_key=on.event_key, wanted=Wanted(), operator=operator, tell=tell
    )


def put_aside(on: Stage, key: UUID, *numbers: int) -> None:
    """The first of these is poison, the rest park behind it; then the handler is mended."""
    on.poison = {numbers[0]}
    on.note(key, *numbers)
    on.relay()
    on.consume(until=on.position() + len(numbers))
    on.poison = set()


def consumer_with(on: Stage, handlers: Handlers) -> Consumer:
    made = Consumer(on.reader_db, on.log, handlers, event_key=on.event_key, member="reader-1")
    made.open()
    return made


def waits_for_a_lock(on: Stage) -> bool:
    with psycopg.connect(on.reader_url) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return found.fetchone() is not None


def until_one_waits(on: Stage) -> None:
    end = time.monotonic() + 15
    while not waits_for_a_lock(on):
        assert time.monotonic() < end, "nobody waits for the other"
        time.sleep(0.02)


def beside_key(key: UUID) -> UUID:
    """Another key of the same partition."""
    wanted = partition_of(str(key).encode())
    return next(one for one in iter(uuid4, None) if partition_of(str(one).encode()) == wanted)


def test_a_new_event_of_the_key_waits_for_a_replay_in_progress_and_comes_after_it(on: Stage) -> None:
    key = uuid4()
    put_aside(on, key, 4)
    gate = Gate(on, 4)
    consumer = consumer_with(on, on.handlers())
    with beside(lambda: replay_all(on, gate.handlers), until=gate.is_reached):
        on.note(key, 5)
        on.relay()
        with beside(lambda: on.step_until(consumer, 2)):
            until_one_waits(on)
            assert on.effects(key) == []
            gate.opened.set()
    consumer.close()
    assert on.effects(key) == [4, 5]
    assert on.dead() == ["failed"], "the new one was not parked behind a letter that was being applied"


def test_what_the_worker_parks_while_the_last_letter_is_replayed_is_replayed_too(on: Stage) -> None:
    """The worker has seen that the key waits, and has not committed: the replay must not end before it has."""
    key = uuid4()
    other = beside_key(key)
    put_aside(on, key, 4)
    gate = Gate(on, 100)
    consumer = consumer_with(on, gate.handlers)
    on.note(key, 5)
    on.note(other, 100)
    on.relay()
    with (
        beside(lambda: on.step_until(consumer, 3), until=gate.is_reached),
        beside(lambda: replay_all(on, on.handlers())),
    ):
        until_one_waits(on)
        gate.opened.set()
    consumer.close()
    assert on.effects(key) == [4, 5]
    assert on.read("SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL") == [(0,)]
    on.note(key, 6)
    on.relay()
    on.consume(until=4)
    assert on.effects(key) == [4, 5, 6], "the key is open again"


def test_two_operators_at_once_apply_each_letter_once_and_in_order(on: Stage) -> None:
    keys = [uuid4() for _ in range(4)]
    for key in keys:
        put_aside(on, key, 1, *range(2, 9))
    told: list[Outcome] = []
    start = threading.Barrier(3)

    def operate() -> None:
        start.wait()
        replay_all(on, on.handlers(reacting=True), told.append)

    with beside(operate), beside(operate), beside(operate):
        pass
    for key in keys:
        assert on.effects(key) == list(range(1, 9))
    assert sorted(one.letter.id for one in told) == list(range(1, 33)), "each letter was told once"
    written = on.read("SELECT letter_id FROM operator_act WHERE act = 'replayed' ORDER BY letter_id")
    assert [letter_id for (letter_id,) in written] == list(range(1, 33))
    ended = on.read(
        "SELECT sum(applied), sum(waiting), count(*) FROM operator_act WHERE act = 'replay_ended'"
    )
    assert ended == [(32, 0, 3)]


def test_operators_and_a_busy_worker_keep_the_order_of_every_key(on: Stage) -> None:
    """No forced interleaving here: many of them, as they come."""
    keys = [uuid4() for _ in range(3)]
    for key in keys:
        put_aside(on, key, 1, 2, 3)
    stop = threading.Event()
    consumer = consumer_with(on, on.handlers(reacting=True))

    def operate() -> None:
        while not stop.is_set():
            replay_all(on, on.handlers(reacting=True))

    def work() -> None:
        on.step_until(consumer, 9 + 3 * 40, seconds=60)

    with beside(operate), beside(operate):
        with beside(work):
            for n in range(4, 44):
                for key in keys:
                    on.note(key, n)
                on.relay()
        stop.set()
    consumer.close()
    replay_all(on, on.handlers())
    for key in keys:
        assert on.effects(key) == list(range(1, 44))
