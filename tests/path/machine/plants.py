"""Faults that are put in on purpose: the machine must find each of them, or it proves nothing."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import psycopg
from sqlalchemy.orm import Session

from shared.db.tenancy import Scope
from shared.eventlog.interface import LogUnavailable, TopicPartition
from shared.events.envelope import TICK_TYPE
from shared.path import inbox
from shared.path.arrivals import Arrival
from shared.path.consumer import Consumer
from shared.path.relay import Relay, _outgoing
from tests.path.machine.parts import Owner

_ROWS = "SELECT id, topic, partition, key, CAST(headers AS text), payload FROM outbox {} ORDER BY id"


@dataclass(frozen=True)
class Plant:
    """Which part is exchanged for a faulty one."""

    relay: type[Relay] = Relay
    consumer: type[Consumer] = Consumer
    tick: Callable[[Owner], datetime] = Owner.tick


NOTHING = Plant()


class _OwnWay(Relay, ABC):
    """Common to the faulty relays: the rows of the outbox, sent in a way of their own."""

    def relay_once(self, connection: psycopg.Connection[Any]) -> int:
        if self._producer is None:
            self._producer = self._event_log.producer()
        rows = connection.execute(_ROWS.format("")).fetchall()
        if rows:
            self._send_all(connection, rows)
        return len(rows)

    def _append(self, rows: Sequence[Any]) -> bool:
        assert self._producer is not None
        return not any(self._producer.append([_outgoing(row) for row in rows]))

    @abstractmethod
    def _send_all(self, connection: psycopg.Connection[Any], rows: list[Any]) -> None:
        """Send these rows, and be rid of them."""


class DeletesFirst(_OwnWay):
    """Deletes before the log has acknowledged."""

    def _send_all(self, connection: psycopg.Connection[Any], rows: list[Any]) -> None:
        _delete(connection, rows)
        self._append(rows)


class GoesOn(_OwnWay):
    """Goes on to the next event of a key when one fails."""

    def _send_all(self, connection: psycopg.Connection[Any], rows: list[Any]) -> None:
        for row in rows:
            try:
                if self._append([row]):
                    _delete(connection, [row])
            except LogUnavailable:
                continue


class HasCursor(_OwnWay):
    """Keeps how far it came, and looks only at what lies behind that."""

    _last: ClassVar[dict[str, int]] = {}  # by database, as if it lay in a table

    def _send_all(self, connection: psycopg.Connection[Any], rows: list[Any]) -> None:
        behind = [row for row in rows if row[0] > self._last.get(self._url, 0)]
        if behind and self._append(behind):
            self._last[self._url] = behind[-1][0]
            _delete(connection, behind)


class ForgetsInbox(Consumer):
    """Takes everything that lies ahead of its position for new."""

    def _apply(self, chunk: list[Arrival]) -> None:
        def all_of_them(_db: Session, _service: str, arrivals: Sequence[Arrival]) -> list[Arrival]:
            return [one for one in arrivals if one.received is not None]

        with exchanged(inbox, "remember", all_of_them):
            super()._apply(chunk)


class CommitsPositionFirst(Consumer):
    """Its position is committed before the effects are."""

    def _apply(self, chunk: list[Arrival]) -> None:
        ends: dict[TopicPartition, int] = {}
        for one in chunk:
            ends[TopicPartition(one.record.topic, one.record.partition)] = one.record.offset + 1
        with self._database.transaction(Scope(role="worker")) as db:
            before = inbox.lock_positions(db, self._log_id, ends)
            ahead = {at: end for at, end in ends.items() if end > before.positions[at]}
            inbox.advance(db, self._log_id, ahead, {})
        with exchanged(inbox, "lock_positions", lambda *_: before):
            super()._apply(chunk)


def tick_past_the_outbox(owner: Owner) -> datetime:
    """A tick that is sent at once, while what was committed before it still waits in the outbox."""
    ticked_at = owner.tick()
    with psycopg.connect(owner.place.owner_url, autocommit=True) as connection:
        rows = connection.execute(_ROWS.format("WHERE type = %s"), (TICK_TYPE,)).fetchall()
        producer = owner.place.log.producer()
        producer.append([_outgoing(row) for row in rows])
        producer.close()
        _delete(connection, rows)
    return ticked_at


def _delete(connection: psycopg.Connection[Any], rows: Sequence[Any]) -> None:
    connection.execute("DELETE FROM outbox WHERE id = ANY(%s)", ([row[0] for row in rows],))


@contextmanager
def exchanged(owner: object, name: str, other: object) -> Iterator[None]:
    """Another object under this name of a module, for a while."""
    original = getattr(owner, name)
    setattr(owner, name, other)
    try:
        yield
    finally:
        setattr(owner, name, original)
