"""The parts of the path as processes would hold them: what a crash takes away, and what `run` does after an outage."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shared.db.practice import move_clock, practice_now
from shared.db.tenancy import Scope
from shared.errors import PracticeNotKnownYet
from shared.eventlog.interface import LogUnavailable
from shared.eventlog.postgres import groups
from shared.events.base import Received
from shared.path import outbox, timers
from shared.path.consumer import Consumer
from shared.path.handlers import Handlers
from shared.path.relay import Relay
from shared.path.replay import replay
from shared.path.timers import DueTimer, Timers
from shared.path.transient import is_transient
from tests.path.machine.faulty_log import FaultyLog
from tests.path.machine.place import MEMBERS, Place


class Poison(Exception):
    """What a handler with a bug raises."""


class Owner:
    """Commands and timers. A fact and its event are one transaction, under the lock of what they are about."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.database = place.databases["owner"]
        self.timers = Timers(self.database, service="owner", handlers={"probe": self._fire})

    def state(self, db: Session, key: UUID, n: int, *, is_change: bool = False) -> None:
        db.execute(text("SELECT FROM couple WHERE key = :key FOR UPDATE"), {"key": key})
        db.execute(text("INSERT INTO fact (key, n) VALUES (:key, :n)"), {"key": key, "n": n})
        kind = self.place.changed if is_change else self.place.noted
        outbox.record(db, kind(couple_id=key, n=n))  # type: ignore[call-arg]

    def transaction(self) -> Any:
        return self.database.transaction(Scope(self.place.practice_id))

    def move_clock(self, hours: int) -> None:
        with self.transaction() as db:
            move_clock(db, self.place.practice_id, hours * 3600)

    def set_timer(self, key: UUID, n: int, due_at: Callable[[datetime], datetime]) -> None:
        with self.transaction() as db:
            timers.schedule(db, "probe", key, due_at(practice_now(db)), occurrence=str(n))

    def tick(self) -> datetime:
        with self.database.transaction(Scope(role="worker")) as db:
            recorded: datetime = db.info["outbox"].record_ticks(db, self.place.owner)
        return recorded

    def crash(self) -> None:
        self.database.engine.dispose()

    def _fire(self, db: Session, due: DueTimer, now: datetime) -> None:
        assert due.due_at <= now
        self.state(db, due.ref, int(due.occurrence))


class TakenBack(Exception):
    """A command that changed its mind."""


class Relaying:
    """One relay process that leads."""

    def __init__(self, place: Place, kind: type[Relay]) -> None:
        self.log = FaultyLog(place.log)
        self.url = place.owner_url
        self._relay = kind(place.owner_url, self.log, service="owner")
        self._relay.hold_s = 0.0  # a refused key is tried again at the next pass: examples don't wait
        self._connection: psycopg.Connection[Any] | None = None

    def once(self) -> None:
        """One batch; an outage is taken as Relay.run takes it: a new producer and a new connection."""
        if self._connection is None:
            self._connection = psycopg.connect(self.url, autocommit=True)
        try:
            self._relay.relay_once(self._connection)
        except (psycopg.OperationalError, LogUnavailable):
            self.stop()

    def lose_leadership(self) -> None:
        """The server has ended its session, and with it the lock."""
        if self._connection is not None:
            self._connection.close()

    def stop(self) -> None:
        self.lose_leadership()
        self._connection = None
        self._relay.close()


class Reader:
    """A service that reads: what its handlers do, and who of its processes runs."""

    def __init__(self, place: Place, name: str, kind: type[Consumer]) -> None:
        self.place = place
        self.name = name
        self.kind = kind
        self.poison: set[UUID] = set()  # keys whose events meet a bug
        self.strangers: set[UUID] = set()  # keys of a practice that is not known here yet
        self.outages: list[Exception] = []
        self.database = place.databases[name]
        self.members = [Member(self, member) for member in MEMBERS if member.startswith(name)]

    @property
    def handlers(self) -> Handlers:
        """One kind of event by projection and one by reaction; the other reader has them the other way round."""
        kinds = (self.place.noted, self.place.changed)
        projected, reacted = kinds if self.name == "projector" else kinds[::-1]
        return Handlers(self.name, projections={projected: self._project}, reactions={reacted: self._apply})

    def _project(self, db: Session, events: Sequence[Received[Any]]) -> None:
        for one in events:
            self._apply(db, one)

    def _apply(self, db: Session, one: Received[Any]) -> None:
        if self.outages:
            raise self.outages.pop()
        if one.event.couple_id in self.strangers:
            raise PracticeNotKnownYet
        if one.event.couple_id in self.poison:
            raise Poison
        db.execute(
            text("INSERT INTO effect (key, n, kind) VALUES (:key, :n, '')"),
            {"key": one.event.couple_id, "n": one.event.n},
        )

    def expire(self, member: "Member") -> None:
        """Another member's heartbeat finds that this one has shown no life for too long."""
        admin, group = self.place.admin["log"], f"attune.{self.name}"
        admin.execute(
            "UPDATE log_member SET heartbeat_at = heartbeat_at - interval '1 h' WHERE member = %s",
            (member.name,),
        )
        groups.beat(admin, groups.Membership(group, "", self.place.practice_id, ()), 10)

    def replay(self) -> None:
        """As an operator would; one whose connection breaks tries again some other time."""
        try:
            replay(self.database, self.handlers, event_key=self.place.event_key, by="operator")
        except OperationalError:
            self.database.engine.dispose()

    def mend(self) -> None:
        self.poison.clear()
        self.strangers.clear()
        for member in self.members:
            member.leave()
            self.expire(member)  # one that was cut off could not say goodbye

    def stop(self) -> None:
        for member in self.members:
            member.leave()


class Member:
    """One consumer process of a reader."""

    def __init__(self, reader: Reader, name: str) -> None:
        self.reader = reader
        self.name = name
        self.log = FaultyLog(reader.place.log)
        self.database = reader.place.databases[name]
        self._consumer: Consumer | None = None
        self._is_open = False

    def step(self) -> int:
        """One poll and what comes of it; a passing failure is taken as Consumer.run takes it: close, open, go on."""
        if self._consumer is None:
            self._consumer = self.reader.kind(
                self.database,
                self.log,
                self.reader.handlers,
                event_key=self.reader.place.event_key,
                member=self.name,
                dead_letter_ratio=1.0,  # bugs are met as often as not: the limit would stop it
            )
        try:
            if not self._is_open:
                self._is_open = True
                self._consumer.open()
            # Chunks of two reactions, however fast the machine is: an example must run the same way again.
            self._consumer._applying._reaction_s = 0.05
            return self._consumer.step(0)
        except Exception as error:
            if not is_transient(error):
                raise
            self.leave()
            return 0

    def leave(self) -> None:
        if self._consumer is not None and self._is_open:
            self._consumer.close()
        self._is_open = False
        self.log.opened.clear()

    def crash(self) -> None:
        """Without a goodbye: its place in the group stays until it expires or is taken again."""
        for source in self.log.opened:
            source._heartbeat.stop()  # type: ignore[attr-defined]
            source._disconnect()  # type: ignore[attr-defined]
            source._waiting.close()  # type: ignore[attr-defined]
        self.log.opened.clear()
        self.database.engine.dispose()
        self._consumer, self._is_open = None, False
