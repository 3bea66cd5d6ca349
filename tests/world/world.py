"""Five apps and their event path in one process, over one real PostgreSQL: what the services' tests play in.

Every test makes a practice of its own, so tests share the databases without seeing each other.
"""

import importlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from flask import Flask
from joserfc.jwk import OKPKey

from deploy.local.data_folder import erasures_file
from deploy.local.databases import EVENTS, database_of, prepare, role_of, with_login
from deploy.local.keys import Keys
from shared.clock import utcnow
from shared.db.migrations import upgrade
from shared.db.tenancy import Database, Scope
from shared.eventlog import open_log
from shared.eventlog.postgres import create_schema
from shared.events.base import Event, topic_of
from shared.events.gateway import PracticeCreated
from shared.path import outbox
from shared.path.consumer import Consumer
from shared.path.relay import Relay
from shared.path.timers import Timers
from shared.path.worker import WorkerSpec, worker_database
from shared.settings import SERVICES, Settings
from shared.web.actor import Actor, Signer

_DUE = "SELECT EXISTS (SELECT FROM timer WHERE fire_at <= %s)"


class MovingClock:
    """Real time plus what a test added; or it stands, where a test must not depend on the machine's speed."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self.ahead = ahead
        self._stands_at: datetime | None = None

    def __call__(self) -> datetime:
        if self._stands_at is None:
            return utcnow() + self.ahead
        self.ahead += timedelta(microseconds=100)  # no two moments are the same one
        return self._stands_at + self.ahead

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Within it, time passes by `step`, and by a trifle each time it is read. Then it goes on, never back."""
        before, self._stands_at = self.ahead, utcnow()
        try:
            yield
        finally:
            last, self._stands_at = self(), None
            self.ahead = max(before, last - utcnow())

    def step(self) -> None:
        """A few seconds, if it stands: what waits for a moment's tick must find a later one."""
        if self._stands_at is not None:
            self.ahead += timedelta(seconds=5)


@dataclass
class Side:
    """One service: its app and the parts of its worker, driven by hand."""

    settings: Settings
    app: Flask
    spec: WorkerSpec
    database: Database  # the worker role's
    relay: Relay
    relay_connection: psycopg.Connection[Any]
    consumer: Consumer
    timers: Timers

    def has_due_timer(self, now: datetime) -> bool:
        """Asked before `fire_due`, at a tenth of its cost: in most rounds of a pump no timer is due."""
        due = self.relay_connection.execute(_DUE, (now,)).fetchone()
        return due is not None and bool(due[0])


@dataclass
class World:
    sides: dict[str, Side]
    clock: MovingClock
    signer: Signer
    operator_key: str
    owner_urls: dict[str, str] = field(default_factory=dict)

    def practice(self, *, zone: str = "America/Denver", is_demo: bool = True) -> UUID:
        """A new practice that every service knows of, without going through the gateway's API."""
        practice_id = uuid4()
        self.tell(practice_id, PracticeCreated(zone=zone, is_demo=is_demo))  # type: ignore[arg-type]
        return practice_id

    def tell(self, practice_id: UUID, *facts: Event) -> None:
        """Put events on the log as if their owner had recorded them, and let everybody apply them."""
        for fact in facts:
            with self.sides[fact.OWNER].database.transaction(Scope(practice_id, role="worker")) as db:
                outbox.record(db, fact)
        self.pump()

    def caller(self, service: str, practice_id: UUID, person_id: UUID | None = None, *roles: str) -> "Caller":
        """Somebody who talks to one service with a token of the gateway."""
        actor = Actor(practice_id, person_id or UUID(int=0), frozenset(roles))
        return Caller(self, service, actor)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """What is told within is moved at the end, all in one go: cheaper by far than one after the other."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        self.pump()

    def pump(self, *, ticks: bool = False) -> None:
        """Relay, consume and fire timers until nothing is left to do."""
        if self._is_held:
            return
        if ticks:
            for name, side in self.sides.items():
                with side.database.transaction(Scope(role="worker")) as db:
                    db.info["outbox"].record_ticks(db, name)
        for _ in range(200):
            moved = 0
            for side in self.sides.values():
                moved += side.relay.relay_once(side.relay_connection)
            for side in self.sides.values():
                if side.spec.handlers.topics():
                    moved += side.consumer.step(0.0)
                if side.has_due_timer(self.clock()):
                    moved += side.timers.fire_due()
            if moved == 0:
                return
        raise AssertionError("the event path does not come to rest")

    def move_clock(self, practice_id: UUID, by: timedelta) -> None:
        """Move a demo practice's clock in every service, then let timers do their work."""
        from shared.events.gateway import PracticeClockMoved

        self._offsets[practice_id] = self._offsets.get(practice_id, 0) + int(by.total_seconds())
        self.tell(practice_id, PracticeClockMoved(offset_s=self._offsets[practice_id]))

    def now(self, practice_id: UUID) -> datetime:
        """The practice's now."""
        return self.clock() + timedelta(seconds=self._offsets.get(practice_id, 0))

    _offsets: dict[UUID, int] = field(default_factory=dict)
    _is_held: bool = False

    def rows(self, service: str, practice_id: UUID, sql: str, *values: Any) -> list[Any]:
        """Read a service's tables as its worker, within one practice; positional %s placeholders."""
        with self.sides[service].database.transaction(Scope(practice_id, role="worker")) as db:
            return list(db.connection().exec_driver_sql(sql, values or None))


@dataclass
class Caller:
    """A signed-in person (or the public) at one service's API."""

    world: World
    service: str
    actor: Actor

    def get(self, path: str, **kw: Any) -> Any:
        return self._open("GET", path, **kw)

    def post(self, path: str, body: Any = None, *, key: str | None = None, **kw: Any) -> Any:
        headers = {"Idempotency-Key": key or secrets.token_hex(16), **kw.pop("headers", {})}
        return self._open("POST", path, json=body if body is not None else {}, headers=headers, **kw)

    def put(self, path: str, body: Any, *, etag: str | None = None, **kw: Any) -> Any:
        headers = {**({"If-Match": etag} if etag else {}), **kw.pop("headers", {})}
        return self._open("PUT", path, json=body, headers=headers, **kw)

    def _open(self, method: str, path: str, **kw: Any) -> Any:
        token = self.world.signer.sign(self.actor, audience=self.service, now=self.world.clock())
        headers = {"Authorization": f"Bearer {token}", **kw.pop("headers", {})}
        client = self.world.sides[self.service].app.test_client()
        return client.open(f"/api/v1/{self.service}{path}", method=method, headers=headers, **kw)


def build(
    admin_url: str, *, services: Iterable[str] = SERVICES, keys: Keys | None = None, data: Path | None = None
) -> World:
    """Create databases and roles, migrate, and make every side. `keys`: a data folder's own, and which folder."""
    passwords: Callable[[str], str] = keys.password if keys else lambda role: f"test-{role}"
    prepare(admin_url, passwords, is_ours_alone=True, with_events=True)

    def url(area: str, kind: str) -> str:
        role = role_of(area, kind)
        return with_login(admin_url, database=database_of(area), user=role, password=passwords(role))

    create_schema(url(EVENTS, "owner"))
    log_url = url(EVENTS, "owner")
    open_log(log_url).ensure_topics([topic_of(name) for name in SERVICES])
    private = OKPKey.generate_key("Ed25519")
    event_key = keys.event if keys else secrets.token_bytes(32)
    cursor_key = keys.cursor if keys else secrets.token_bytes(32)
    operator_key = secrets.token_hex(16)
    clock = MovingClock()
    world = World({}, clock, Signer(private.as_pem(private=True)), operator_key)
    for name in services:
        upgrade(name, url(name, "owner"))
        world.owner_urls[name] = url(name, "owner")
        settings = Settings(
            service=name,
            database_url=url(name, "app"),
            worker_database_url=url(name, "worker"),
            event_log_url=log_url,
            event_key=event_key,
            vault_key=keys.vaults[name] if keys else secrets.token_bytes(32),
            erasures_file=erasures_file(data, name) if data else None,
            actor_public_key=private.as_pem(private=False),
            cursor_key=cursor_key,
            actor_private_key=private.as_pem(private=True) if name == "gateway" else None,
            operator_key=operator_key if name == "gateway" else None,
            service_urls={other: f"http://{other}" for other in SERVICES} if name == "gateway" else {},
        )
        world.sides[name] = _side(world, name, settings, clock)
    return world


def _side(world: World, name: str, settings: Settings, clock: MovingClock) -> Side:
    spec: WorkerSpec = importlib.import_module(f"services.{name}.worker").SPEC
    create_app = importlib.import_module(f"services.{name}.app").create_app
    database = worker_database(settings, clock)
    event_log = open_log(settings.event_log_url)
    consumer = Consumer(database, event_log, spec.handlers, event_key=settings.event_key, member=f"{name}-1")
    if spec.handlers.topics():
        consumer.open()
    if name == "gateway":
        transports = {other: side.app for other, side in world.sides.items()}
        app = create_app(settings, clock, apps=transports)
    else:
        app = create_app(settings, clock)
    return Side(
        settings=settings,
        app=app,
        spec=spec,
        database=database,
        relay=Relay(settings.worker_database_url, event_log, service=name),
        relay_connection=psycopg.connect(settings.worker_database_url, autocommit=True),
        consumer=consumer,
        timers=Timers(database, service=name, handlers=spec.handlers.timers, audits=spec.handlers.audits),
    )
