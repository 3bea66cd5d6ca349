"""A stage for the event path: an owner's database, a reader's database and a real log between them."""

import itertools
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.clock import utcnow
from shared.db.tenancy import Database, Scope
from shared.errors import PracticeNotKnownYet
from shared.eventlog import open_log
from shared.eventlog.interface import EventLog, Outgoing
from shared.events.base import EVENTS, Event, Received, event, topic_of
from shared.events.envelope import Envelope, headers
from shared.ids import new_id
from shared.path import outbox
from shared.path.consumer import Consumer
from shared.path.handlers import Handlers
from shared.path.outbox import Outbox
from shared.path.relay import Relay
from tests.postgres.plumbing import plumbing_tables
from tests.postgres.server import PostgresServer

_numbers = itertools.count(1)
EFFECTS = "CREATE TABLE effect (nr bigserial, key uuid, n bigint, kind text)"


class Poison(Exception):
    """What a handler with a bug raises."""


@dataclass
class Stage:
    owner: str
    event_key: bytes
    log: EventLog
    log_url: str
    owner_url: str
    reader_url: str
    noted: type[Event]
    changed: type[Event]
    warned: type[Event]
    owner_db: Database
    reader_db: Database
    practice_id: UUID = field(default_factory=uuid4)
    poison: set[int] = field(default_factory=set)
    unknown: set[int] = field(default_factory=set)
    outage: list[Exception] = field(default_factory=list)

    @property
    def kinds(self) -> tuple[type[Event], ...]:
        return (self.noted, self.changed, self.warned)

    def record(self, *facts: Event) -> None:
        with self.owner_db.transaction(Scope(self.practice_id)) as db:
            for fact in facts:
                outbox.record(db, fact)

    def note(self, key: UUID, *numbers: int) -> None:
        """Record one Noted event per number, in order."""
        self.record(*(self.noted(couple_id=key, n=n) for n in numbers))  # type: ignore[call-arg]

    def relay(self) -> int:
        """Send all that waits, as the leader would."""
        relay = Relay(self.owner_url, self.log, service=self.owner)
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            sent = 0
            while count := relay.relay_once(connection):
                sent += count
        relay.close()
        return sent

    def append_signed(self, key: UUID, event_type: str, payload: bytes) -> None:
        """Put a rightly signed record on the topic, as an owner of another version would."""
        made = headers(
            self.event_key,
            envelope=Envelope(new_id(), event_type, self.practice_id, utcnow(), None),
            source=f"/{self.owner}",
            topic=topic_of(self.owner),
            partition=0,
            order_key=str(key),
            payload=payload,
        )
        raw = [(name, value.encode()) for name, value in made.items()]
        self.append_raw(key=str(key).encode(), value=payload, headers=raw)

    def append_raw(
        self, *, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]], partition: int = 0
    ) -> None:
        """Put a record on the topic past the outbox, as somebody who can merely reach the log would."""
        producer = self.log.producer()
        record = Outgoing(topic_of(self.owner), partition, key, value, tuple(headers))
        assert producer.append([record]) == [None]
        producer.close()

    def handlers(self, *, reacting: bool = False) -> Handlers:
        def project(db: Session, events: Sequence[Received[Any]]) -> None:
            for one in events:
                self.apply(db, one)

        if reacting:
            return Handlers("reader", reactions=dict.fromkeys(self.kinds, self.apply))
        return Handlers("reader", projections=dict.fromkeys(self.kinds, project))

    def apply(self, db: Session, one: Received[Any]) -> None:
        if self.outage:
            raise self.outage.pop()
        if one.event.n in self.unknown:
            raise PracticeNotKnownYet
        if one.event.n in self.poison:
            raise Poison
        db.execute(
            text("INSERT INTO effect (key, n, kind) VALUES (:key, :n, :kind)"),
            {"key": one.event.couple_id, "n": one.event.n, "kind": type(one.event).__name__},
        )

    def consumer(self, *, member: str = "reader-1", reacting: bool = False) -> Consumer:
        made = Consumer(
            self.reader_db,
            self.log,
            self.handlers(reacting=reacting),
            event_key=self.event_key,
            member=member,
        )
        made.is_key_proven = True  # nobody ticks here
        made.open()
        return made

    def consume(self, *, until: int, reacting: bool = False, seconds: float = 20) -> None:
        """Consume until `until` records have been applied or put aside."""
        consumer = self.consumer(reacting=reacting)
        try:
            self.step_until(consumer, until, seconds=seconds)
        finally:
            consumer.close()

    def step_until(self, consumer: Consumer, until: int, *, seconds: float = 20) -> None:
        end = utcnow().timestamp() + seconds
        while self.position() < until:
            assert utcnow().timestamp() < end, f"only {self.position()} of {until} records after {seconds} s"
            consumer.step(0.5)

    def read_again(self) -> None:
        """As after a lost position: the log is read again from its start."""
        with self.reader_db.transaction(Scope()) as db:
            db.connection().exec_driver_sql("DELETE FROM log_position")

    def position(self) -> int:
        """How many records the reader is past, over all partitions."""
        rows = self.read("SELECT coalesce(sum(next_offset), 0) FROM log_position")
        return int(rows[0][0])

    def effects(self, key: UUID) -> list[int]:
        """The numbers applied for a key, in the order in which they were."""
        return [n for (n,) in self.read("SELECT n FROM effect WHERE key = %s ORDER BY nr", key)]

    def dead(self) -> list[str]:
        return [reason for (reason,) in self.read("SELECT reason FROM dead_letter ORDER BY id")]

    def read(self, sql: str, *values: Any) -> list[Any]:
        with psycopg.connect(self.reader_url, autocommit=True) as connection:
            return connection.execute(sql, values).fetchall()  # type: ignore[arg-type]


def define_events(owner: str) -> tuple[type[Event], type[Event], type[Event]]:
    """Three events of a made-up owner, so that stages on one broker don't meet."""

    class Noted(Event):
        """Something was noted."""

        couple_id: UUID
        n: int

    class Changed(Event):
        """Something changed."""

        couple_id: UUID
        n: int

    class Warned(Event):
        """Somebody must know at once."""

        couple_id: UUID
        n: int

    define = event(owner=owner, consumers=(), key="couple_id")
    warn = event(owner=owner, consumers=(), key="couple_id", needs_order=False)
    return define(Noted), define(Changed), warn(Warned)


def reader_tables(url: str) -> None:
    plumbing_tables(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(EFFECTS)


@contextmanager
def stage(server: PostgresServer, log_url: str) -> Iterator[Stage]:
    number = next(_numbers)
    owner = f"stage{number}_{secrets.token_hex(3)}"
    noted, changed, warned = define_events(owner)
    key = secrets.token_bytes(32)
    with (
        server.fresh_database(f"{owner}_a", fill=plumbing_tables) as owner_url,
        server.fresh_database(f"{owner}_b", fill=reader_tables) as reader_url,
    ):
        log = open_log(log_url)
        log.ensure_topics([topic_of(owner)])
        carries = {"outbox": Outbox(key), "clock": utcnow}
        made = Stage(
            owner,
            key,
            log,
            log_url,
            owner_url,
            reader_url,
            noted,
            changed,
            warned,
            Database(owner_url, pool_size=4, name="owner", carries=carries),
            Database(reader_url, pool_size=4, name="reader", carries=carries, is_patient=True),
        )
        try:
            yield made
        finally:
            made.owner_db.close()
            made.reader_db.close()
            log.close()
            for kind in (noted, changed, warned):
                del EVENTS[kind.TYPE]
