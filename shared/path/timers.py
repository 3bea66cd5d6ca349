"""Timers: rows with a due time in the practice's clock, claimed with SKIP LOCKED, each fired in one transaction."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.audit.by_workers import Audits, handling
from shared.clock import Clock
from shared.db.plumbing import timer
from shared.db.practice import practice_now, steady_offset_s
from shared.db.tenancy import Database, Scope, practice_of, set_practice
from shared.path.failpoints import reach
from shared.path.transient import is_transient
from shared.telemetry import metrics

log = structlog.get_logger()
_LONGEST_PAUSE = timedelta(minutes=10)


@dataclass(frozen=True)
class DueTimer:
    """A timer that is due: `ref` names what it is about, `occurrence` which one of several."""

    kind: str
    ref: UUID
    occurrence: str
    due_at: datetime
    attempts: int


TimerHandler = Callable[[Session, DueTimer, datetime], None]
"""`fire(db, timer, now)`: decides anew whether to act; `now` is the practice's."""


def schedule(db: Session, kind: str, ref: UUID, due_at: datetime, *, occurrence: str = "") -> None:
    """Set or move the one timer of (kind, ref, occurrence). `due_at` is in the practice's time."""
    fire_at = due_at - timedelta(seconds=steady_offset_s(db))
    values = {"due_at": due_at, "fire_at": fire_at, "attempts": 0}
    db.execute(
        insert(timer)
        .values(practice_id=practice_of(db), kind=kind, ref=ref, occurrence=occurrence, **values)
        .on_conflict_do_update(index_elements=["practice_id", "kind", "ref", "occurrence"], set_=values)
    )


def cancel(db: Session, kind: str, ref: UUID, *, occurrence: str | None = None) -> None:
    """Remove the timer, or all occurrences of (kind, ref). Nothing happens when there is none."""
    statement = delete(timer).where(
        timer.c.practice_id == practice_of(db), timer.c.kind == kind, timer.c.ref == ref
    )
    if occurrence is not None:
        statement = statement.where(timer.c.occurrence == occurrence)
    db.execute(statement)


def next_due(db: Session, kind: str, refs: Collection[UUID]) -> dict[UUID, datetime]:
    """When the next timer of (kind, ref) is due, in the practice's time, by ref; one that has none is left out."""
    if not refs:
        return {}
    found = db.execute(
        select(timer.c.ref, func.min(timer.c.due_at).label("due_at"))
        .where(timer.c.practice_id == practice_of(db), timer.c.kind == kind, timer.c.ref.in_(refs))
        .group_by(timer.c.ref)
    )
    return {row.ref: row.due_at for row in found}


class Timers:
    """Fires what is due. Several processes may run it: a row is locked by the one that fires it."""

    def __init__(
        self,
        database: Database,
        *,
        service: str,
        handlers: Mapping[str, TimerHandler],
        audits: Audits | None = None,
    ) -> None:
        """`audits`: what each handler may change of records of care; None: nothing."""
        self._database = database
        self._service = service
        self._handlers = handlers
        self._audits = audits or {}
        self._clock: Clock = database.clock

    def fire_due(self, *, most: int = 200) -> int:
        """Fire up to `most` due timers, each in a transaction of its own; returns how many did their work."""
        fired = 0
        for _ in range(most):
            outcome = self._fire_one()
            if outcome is None:
                break
            fired += outcome
        return fired

    def oldest_due_age(self) -> float:
        """How many seconds ago the oldest due timer was due; 0 when none is."""
        with self._database.transaction(Scope(role="worker")) as db:
            mine = timer.c.kind.in_(list(self._handlers))
            oldest = db.execute(select(func.min(timer.c.fire_at)).where(mine)).scalar_one()
        return max(0.0, (self._clock() - oldest).total_seconds()) if oldest else 0.0

    def _fire_one(self) -> bool | None:
        row = None
        try:
            with self._database.transaction(Scope(role="worker")) as db:
                row = db.execute(
                    select(timer)
                    .where(timer.c.fire_at <= self._clock(), timer.c.kind.in_(list(self._handlers)))
                    .order_by(timer.c.fire_at, timer.c.id)
                    .limit(1)
                    .with_for_update(skip_locked=True)
                ).one_or_none()
                if row is None:
                    return None
                set_practice(db, row.practice_id)
                # Deleted before the handler runs: it may schedule the same timer again.
                db.execute(delete(timer).where(timer.c.id == row.id))
                due = DueTimer(row.kind, row.ref, row.occurrence, row.due_at, row.attempts)
                fire = self._handlers[row.kind]
                name = getattr(fire, "__name__", row.kind)
                with handling(db, self._audits, row.kind, relation="timer", handler=name):
                    fire(db, due, practice_now(db))
                    db.flush()
                reach("timer.before_commit")
            reach("timer.after_commit")
            metrics.timers_fired.labels(self._service, row.kind).inc()
            return True
        except Exception as error:
            if row is None or is_transient(error):
                raise
            metrics.timers_failed.labels(self._service, row.kind).inc()
            log.error("timer failed, will try again", kind=row.kind, attempt=row.attempts + 1, exc_info=True)
            self._postpone(row.id, row.attempts)
            return False

    def _postpone(self, timer_id: int, attempts: int) -> None:
        # 2 ** attempts would overflow a timedelta after some hours of failing.
        pause = min(_LONGEST_PAUSE, timedelta(seconds=2 ** min(attempts, 10)))
        with self._database.transaction(Scope(role="worker")) as db:
            db.execute(
                update(timer)
                .where(timer.c.id == timer_id)
                .values(attempts=attempts + 1, fire_at=self._clock() + pause)
            )
