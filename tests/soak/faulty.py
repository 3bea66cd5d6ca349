"""Parts of an event path with the faults that people really make, each small: what the checker must catch.

They share the product's tables and log. None is killed by a signal: where a fault needs a crash to show, the part
simply stops there, which is the same to the databases.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import psycopg

from shared.clock import utcnow
from shared.db.tenancy import Database, Scope
from shared.eventlog.interface import EventLog, LogRecord, Outgoing
from shared.events.base import topic_of
from shared.ids import new_id
from shared.path.outbox import Outbox, write_now
from tests.soak.checker import Books, Ledger, Verdict, check
from tests.soak.facts import NOTES, PROJECTOR, practices
from tests.soak.ground import Ground
from tests.soak.journal import Journal
from tests.soak.writing import Wish, record

Connection = psycopg.Connection[tuple[object, ...]]
_ROWS = "SELECT id, topic, partition, key, headers, payload FROM outbox"


@dataclass(frozen=True)
class Fact:
    """An event as a plain reader sees it."""

    event_id: UUID
    key: UUID
    n: int
    tx: UUID
    record: LogRecord = field(compare=False)


@dataclass
class Scene:
    """One owner, one reader, one log, and hands that do each step when they are told to."""

    ground: Ground
    log: EventLog
    database: Database
    journal: Journal

    @contextmanager
    def writing(self, counts: dict[UUID, int], *, is_doomed: bool = False) -> Iterator[Connection]:
        """A command that has recorded its events while the body runs, and commits at its end.

        Yields its own connection, which alone sees what it wrote.
        """
        tx = new_id()
        try:
            with self.database.transaction(Scope(practices()[0])) as db:
                record(db, self.journal, tx, Wish(practices()[0], counts, is_doomed))
                write_now(db)
                yield db.connection().connection.driver_connection  # type: ignore[misc]
                if is_doomed:
                    raise _Doomed
        except _Doomed:
            return
        self.journal.acknowledge(tx)

    def write(self, counts: dict[UUID, int]) -> None:
        with self.writing(counts):
            pass

    def outbox(self, condition: str = "true", *values: object) -> list[tuple[int, Outgoing]]:
        with psycopg.connect(self.ground.urls[NOTES], autocommit=True) as connection:
            return rows(connection, condition, *values)

    def append(self, records: Sequence[Outgoing]) -> None:
        producer = self.log.producer()
        assert set(producer.append(records)) <= {None}
        producer.close()

    def forget(self, ids: Sequence[int]) -> None:
        """Take these rows out of the outbox."""
        with psycopg.connect(self.ground.urls[NOTES], autocommit=True) as connection:
            connection.execute("DELETE FROM outbox WHERE id = ANY(%s)", (list(ids),))

    def relay(self) -> None:
        """As it should be: oldest first, deleted when the log has them."""
        waiting = self.outbox()
        self.append([one for _, one in waiting])
        self.forget([nr for nr, _ in waiting])

    def facts(self, *, group: str = "reader") -> list[Fact]:
        """Everything that lies in the log, in the order of each partition."""
        source = self.log.consumer(
            f"{NOTES}.{group}",
            [topic_of(NOTES)],
            member="m",
            on_assigned=lambda _: None,
            on_revoked=lambda _: None,
        )
        found: list[LogRecord] = []
        while not source.assignment() or len(found) < sum(source.end_offsets().values()):
            found += source.poll(0.5, 1000)
        source.close()
        return [_fact(one) for one in found]

    @contextmanager
    def reader(self) -> Iterator[Connection]:
        """A transaction of the reader's database."""
        with psycopg.connect(self.ground.urls[PROJECTOR]) as connection:
            yield connection

    def verdict(self) -> Verdict:
        ledger = Ledger(PROJECTOR, self.ground.urls[PROJECTOR])
        return check(Books(self.ground.folder, self.ground.urls[NOTES], (ledger,)))


class _Doomed(Exception):
    """Rolls a command back on purpose."""


def scene(ground: Ground, log: EventLog) -> Scene:
    carries = {"outbox": Outbox(ground.event_key), "clock": utcnow}
    database = Database(ground.urls[NOTES], pool_size=4, name="faulty", carries=carries)
    return Scene(ground, log, database, Journal(ground.folder / "writer.journal"))


def rows(connection: Connection, condition: str, *values: object) -> list[tuple[int, Outgoing]]:
    """The outbox's rows that meet a condition, oldest first."""
    found = connection.execute(f"{_ROWS} WHERE {condition}".encode(), values)
    return [
        (nr, Outgoing(topic, partition, key.encode(), bytes(payload), _pairs(headers)))
        for nr, topic, partition, key, headers, payload in found  # type: ignore[misc,attr-defined,arg-type]
    ]


def take_effect(connection: Connection, facts: Sequence[Fact]) -> None:
    """The effect itself; whoever calls it answers for once and in order."""
    for fact in facts:
        connection.execute("INSERT INTO effect (key, n, tx) VALUES (%s, %s, %s)", (fact.key, fact.n, fact.tx))


def new_here(connection: Connection, facts: Sequence[Fact]) -> list[Fact]:
    """An inbox as it should be: remembers the ids, and says which were not there."""
    return [
        fact
        for fact in facts
        if connection.execute(
            "INSERT INTO inbox (event_id, practice_id, type) VALUES (%s, %s, 'x') ON CONFLICT DO NOTHING",
            (fact.event_id, practices()[0]),
        ).rowcount
    ]


def unread(connection: Connection, facts: Sequence[Fact]) -> list[Fact]:
    """What lies behind the stored positions."""
    stored = dict(connection.execute("SELECT partition, next_offset FROM log_position").fetchall())  # type: ignore[arg-type]
    return [fact for fact in facts if fact.record.offset >= stored.get(fact.record.partition, 0)]  # type: ignore[operator]


def advance(connection: Connection, facts: Sequence[Fact]) -> None:
    """Store the positions behind these."""
    for fact in facts:
        connection.execute(
            "INSERT INTO log_position (log_id, topic, partition, next_offset) VALUES ('log', %s, %s, %s)"
            " ON CONFLICT (log_id, topic, partition) DO UPDATE SET next_offset = excluded.next_offset",
            (fact.record.topic, fact.record.partition, fact.record.offset + 1),
        )


def consume_rightly(
    on: Scene, facts: Sequence[Fact], failing: Callable[[Fact], bool] = lambda _: False
) -> None:
    """Ids, effects and position in one transaction, as it should be."""
    with on.reader() as connection:
        behind = unread(connection, facts)
        take_effect(connection, [fact for fact in new_here(connection, behind) if not failing(fact)])
        advance(connection, behind)


def _fact(record: LogRecord) -> Fact:
    named, data = dict(record.headers), json.loads(record.value)
    return Fact(UUID(named["ce_id"].decode()), UUID(data["couple_id"]), data["n"], UUID(data["tx"]), record)


def _pairs(headers: dict[str, str]) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, value.encode()) for name, value in headers.items())
