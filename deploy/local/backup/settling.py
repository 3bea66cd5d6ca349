"""After the databases came back and before any process runs: finish what was under way, then make it safe.

First every event of the backup's moment reaches everybody, so that what follows from it is known. Then each service
does what its `RESTORED` says (shared/path/restored.py).
"""

import importlib
import time
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from sqlalchemy import select

from deploy.local.errors import UserError
from shared.audit.by_workers import handling
from shared.db.plumbing import practice
from shared.db.practice import practice_now
from shared.db.tenancy import Database, Scope
from shared.eventlog import open_log
from shared.events.base import topic_of
from shared.path.acts import Act, Operator, write_act
from shared.path.consumer import Consumer
from shared.path.limit import MustStop
from shared.path.outbox import Outbox
from shared.path.relay import Relay
from shared.path.timers import Timers
from shared.path.worker import WorkerSpec, worker_database
from shared.settings import SERVICES, Settings

_WORKER = Scope(role="worker")
_LONGEST_S = 600.0
_QUIET_ROUNDS = 3
_POLL_S = 0.5  # Kafka: a shorter one can leave a start stuck (docs/event-path.md)


@dataclass(frozen=True)
class _Side:
    spec: WorkerSpec
    database: Database
    relay: Relay
    session: "psycopg.Connection[tuple[object, ...]]"
    consumer: Consumer
    timers: Timers
    poll_s: float

    def step(self) -> int:
        moved = self.relay.relay_once(self.session)
        if self.spec.handlers.topics():
            moved += self.consumer.step(self.poll_s)
        return moved + self.timers.fire_due()

    @property
    def reads_all(self) -> bool:
        """Else it is quiet only because its place in the group is not free yet."""
        return not self.spec.handlers.topics() or self.consumer.reads_all

    def close(self) -> None:
        self.consumer.close()
        self.relay.close()
        self.session.close()
        self.database.close()


def settle(settings: Mapping[str, Settings], operator: Operator, point: str) -> dict[str, int]:
    """Bring the platform of these settings to rest and make it safe; per service, how many rows it saw to.

    Raises UserError when the events of the backup don't come to rest.
    """
    sides: dict[str, _Side] = {}
    try:
        for name in SERVICES:
            sides[name] = _open(settings[name])
        _come_to_rest(sides)
        return {name: _act(side, operator, point) for name, side in sides.items()}
    finally:
        for side in sides.values():
            side.close()


def _open(settings: Settings) -> _Side:
    spec: WorkerSpec = importlib.import_module(f"services.{settings.service}.worker").SPEC
    database, event_log, handlers = worker_database(settings), open_log(settings.event_log_url), spec.handlers
    event_log.ensure_topics([topic_of(name) for name in SERVICES])
    consumer = Consumer(
        database,
        event_log,
        handlers,
        event_key=settings.event_key,
        member=f"{settings.service}-{settings.instance}",
    )
    if handlers.topics():
        consumer.open()
    firing = {kind: fire for kind, fire in handlers.timers.items() if kind not in spec.restored.waits}
    return _Side(
        spec=spec,
        database=database,
        relay=Relay(settings.worker_database_url, event_log, service=settings.service),
        session=psycopg.connect(settings.worker_database_url, autocommit=True),
        consumer=consumer,
        timers=Timers(database, service=settings.service, handlers=firing, audits=handlers.audits),
        poll_s=_POLL_S if settings.event_log_url.startswith("kafka://") else 0.05,
    )


def _come_to_rest(sides: Mapping[str, _Side]) -> None:
    deadline = time.monotonic() + _LONGEST_S
    for _ in range(2):  # what follows from the first round's events is decided on facts that are fresh
        _tick(sides)
        quiet = 0
        while quiet < _QUIET_ROUNDS:
            if time.monotonic() > deadline:
                raise UserError(f"the events of the backup don't come to rest within {_LONGEST_S:.0f} s")
            try:
                moved = sum(side.step() for side in sides.values())
            except MustStop as error:
                raise UserError(f"the events of the backup can't be applied: {error}") from error
            is_quiet = not moved and all(side.reads_all for side in sides.values())
            quiet = quiet + 1 if is_quiet else 0


def _tick(sides: Mapping[str, _Side]) -> None:
    for name, side in sides.items():
        with side.database.transaction(_WORKER) as db:
            outbox: Outbox = db.info["outbox"]
            outbox.record_ticks(db, name)


def _act(side: _Side, operator: Operator, point: str) -> int:
    restored, seen = side.spec.restored, 0
    rule: Mapping[object, object] = {"restore": restored.audits}
    with side.database.transaction(_WORKER) as db:
        practices = list(db.scalars(select(practice.c.practice_id)))
    for practice_id in practices:
        with side.database.transaction(Scope(practice_id, role="worker")) as db:
            name = getattr(restored.act, "__name__", "restore")
            with handling(db, rule, "restore", relation="restore", handler=name):  # type: ignore[arg-type]
                seen += restored.act(db, practice_now(db))
    with side.database.transaction(_WORKER) as db:
        write_act(db, operator, Act.RESTORED, asked={"point": point}, applied=seen)
    return seen
