"""The mark of a snapshot: whom it is for, what it never sets off, and that nobody can put it on or take it off."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.db.tenancy import Scope
from shared.events.base import Received
from shared.events.envelope import SIGNATURE
from shared.path.consumer import Consumer
from shared.path.handlers import Handlers
from shared.path.replay import replay
from tests.path.stage import Stage

pytestmark = pytest.mark.D1
MARK = "ce_snapshotfor"


def state(on: Stage, key: UUID, n: int, *, reader: str | None = "reader") -> None:
    """Record an event, as a snapshot for `reader` if one is named."""
    with on.owner_db.transaction(Scope(on.practice_id)) as db:
        db.info["outbox"].record(db, on.noted(couple_id=key, n=n), snapshot_for=reader)  # type: ignore[call-arg]


def projects_and_reacts(on: Stage) -> Handlers:
    """Each event counts as known by its number, and as told by its number and a hundred."""

    def told(db: Session, one: Received[Any]) -> None:
        values = {"key": one.event.couple_id, "n": one.event.n + 100}
        db.execute(text("INSERT INTO effect (key, n, kind) VALUES (:key, :n, 'told')"), values)

    return Handlers("reader", on.handlers().projections, {on.noted: told})


def consume(on: Stage, handlers: Handlers, *, until: int) -> None:
    consumer = Consumer(on.reader_db, on.log, handlers, event_key=on.event_key, member="reader-1")
    consumer.open()
    try:
        on.step_until(consumer, until)
    finally:
        consumer.close()


def test_a_snapshot_is_known_and_nobody_is_told_by_it(on: Stage) -> None:
    key = uuid4()
    state(on, key, 1)
    state(on, key, 2, reader=None)
    on.relay()
    consume(on, projects_and_reacts(on), until=2)
    assert sorted(on.effects(key)) == [1, 2, 102], "only what just happened is told"


def test_a_snapshot_that_was_put_aside_is_told_to_nobody_when_it_is_replayed(on: Stage) -> None:
    key = uuid4()
    handlers = projects_and_reacts(on)
    on.poison = {1}
    state(on, key, 1)
    state(on, key, 2)
    state(on, key, 3, reader=None)
    on.relay()
    consume(on, handlers, until=3)
    assert on.dead() == ["failed", "parked", "parked"]
    on.poison = set()
    replay(on.reader_db, handlers, event_key=on.event_key, by="operator")
    assert sorted(on.effects(key)) == [1, 2, 3, 103]


def test_a_reader_that_is_not_named_keeps_nothing_of_a_snapshot(on: Stage) -> None:
    key = uuid4()
    on.poison = {9}
    on.note(key, 9)
    state(on, key, 1, reader="somebody_else")
    on.relay()
    on.consume(until=2)
    assert on.effects(key) == []
    assert on.dead() == ["failed"], "nor is it parked"
    assert on.read("SELECT event_id FROM inbox") == []


def marked(value: str) -> Callable[[dict[str, str]], None]:
    return lambda headers: headers.update({MARK: value})


@pytest.mark.parametrize(
    ("reader", "alter"),
    [
        (None, marked("reader")),
        (None, marked("")),
        ("somebody_else", marked("reader")),
        ("reader", lambda headers: headers.pop(MARK)),
        ("reader", marked("")),
    ],
    ids=["put on", "put on empty", "given to another reader", "taken off", "emptied"],
)
def test_an_altered_mark_is_a_forgery(
    on: Stage, reader: str | None, alter: Callable[[dict[str, str]], None]
) -> None:
    key = uuid4()
    state(on, key, 1, reader=reader)
    with psycopg.connect(on.owner_url) as connection:
        headers, payload, partition = connection.execute(
            "DELETE FROM outbox RETURNING headers, payload, partition"
        ).fetchone()  # type: ignore[misc]
    before = dict(headers)
    alter(headers)
    assert headers != before
    assert headers[SIGNATURE] == before[SIGNATURE]
    on.append_raw(
        key=str(key).encode(),
        value=bytes(payload),
        headers=[(name, value.encode()) for name, value in headers.items()],
        partition=partition,
    )
    on.consume(until=1)
    assert on.dead() == ["forged"]
    assert on.effects(key) == []
