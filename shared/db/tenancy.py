"""Transactions that carry who acts for which practice; row-level security reads it (docs/architecture.md)."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker
from sqlalchemy.pool import QueuePool

from shared.clock import Clock, utcnow
from shared.db.direct import directly
from shared.path.failpoints import reach
from shared.telemetry import metrics

WORKER = "worker"
"""The role of whoever applies events and fires timers: no person's."""


@dataclass(frozen=True)
class Scope:
    """Who acts, in which practice, as what. `None` for the practice sees no row of any practice."""

    practice_id: UUID | None = None
    actor_id: UUID | None = None
    role: str = ""


_SET_SCOPE = (
    "SELECT set_config('app.practice', %(practice)s, true), set_config('app.actor', %(actor)s, true),"
    " set_config('app.role', %(role)s, true)"
)


class Database:
    """One pool to one service's database under one role. Make it after the fork."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int,
        name: str,
        carries: Mapping[str, object] | None = None,
        is_patient: bool = False,
    ) -> None:
        """`url` is postgresql://…; `pool_size` is the most connections this process may hold.

        `name` is service-process. `carries` goes into every transaction's `db.info`: the outbox, the clock, the
        vault. Who `is_patient` tries again after a failure: its connections are not asked first whether they still
        live.
        """
        self._carries = dict(carries or {})
        self._labels = name.partition("-")[::2]
        self.engine: Engine = create_engine(
            make_url(url).set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            pool_pre_ping=not is_patient,
            hide_parameters=True,
            connect_args={
                "application_name": name,
                "connect_timeout": 5,
                "options": "-c timezone=UTC -c idle_in_transaction_session_timeout=60000",
            },
        )
        pool = self.engine.pool
        assert isinstance(pool, QueuePool)
        metrics.pool_limit.labels(*self._labels).set(pool_size)
        metrics.pool_in_use.labels(*self._labels).set_function(pool.checkedout)
        metrics.pool_timeouts.labels(*self._labels)  # from 0 on: the first one must be seen as a rise
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        event.listen(self._sessions, "after_begin", _announce_scope)
        event.listen(self._sessions, "after_soft_rollback", _forget_keys)

    @property
    def clock(self) -> Clock:
        """Real time, as this process was told to read it."""
        clock: Clock = self._carries.get("clock", utcnow)  # type: ignore[assignment]
        return clock

    @contextmanager
    def transaction(self, scope: Scope) -> Iterator[Session]:
        """A database session in one transaction: commits at the end, rolls back on any error.

        Whoever must write something last, just before the commit, adds a callable to `db.info["before_commit"]`.
        """
        with self._sessions() as db:
            db.info.update(self._carries, scope=scope, before_commit=[], after_commit=[])
            try:
                with db.begin():
                    yield db
                    for write in db.info["before_commit"]:
                        write(db)
            except NoConnectionFree:
                metrics.pool_timeouts.labels(*self._labels).inc()
                raise
            for tell in db.info["after_commit"]:
                tell()
            reach("transaction.after_commit")

    def close(self) -> None:
        self.engine.dispose()


def once_committed(db: Session, tell: Callable[[], None]) -> None:
    """Have `tell` run when this transaction has committed, never when it did not: for what is counted."""
    db.info["after_commit"].append(tell)


def set_practice(db: Session, practice_id: UUID) -> None:
    """Move a worker's transaction to another practice (a batch of events or timers spans several)."""
    scope: Scope = db.info["scope"]
    if scope.practice_id != practice_id:
        db.flush()
        db.expunge_all()
        db.info["scope"] = scope = Scope(practice_id, scope.actor_id, scope.role)
        _announce(scope, db.connection())


@contextmanager
def seeing_as(db: Session, role: str) -> Iterator[None]:
    """Within, the walls also let pass what `role` may: for a rule that must look at more than who asks may see.

    A worker's transaction sees its practice whole anyway and stays as it is. What is changed within is written there.
    """
    scope: Scope = db.info["scope"]
    if {role, WORKER} & set(scope.role.split("+")):
        yield
        return
    db.info["scope"] = Scope(scope.practice_id, scope.actor_id, f"{scope.role}+{role}")
    _announce(db.info["scope"], db.connection())
    try:
        yield
        db.flush()
    finally:
        db.info["scope"] = scope
        # It fails only where the transaction has failed, in which nothing can be read any more.
        with suppress(DBAPIError):
            _announce(scope, db.connection())


def practice_of(db: Session) -> UUID:
    """The practice this transaction works for."""
    practice_id = db.info["scope"].practice_id
    if practice_id is None:
        raise LookupError("this transaction has no practice")
    return UUID(str(practice_id))


def _settings(scope: Scope) -> dict[str, str]:
    return {
        "practice": str(scope.practice_id or ""),
        "actor": str(scope.actor_id or ""),
        "role": scope.role,
    }


def _announce_scope(db: Session, _: SessionTransaction, connection: Connection) -> None:
    _announce(db.info["scope"], connection)


def _forget_keys(db: Session, _: SessionTransaction) -> None:
    """A data key made within a savepoint that was rolled back must not seal anything more."""
    db.info.pop("data_keys", None)


def _announce(scope: Scope, connection: Connection) -> None:
    with directly(connection) as raw:
        raw.execute(_SET_SCOPE, _settings(scope))
