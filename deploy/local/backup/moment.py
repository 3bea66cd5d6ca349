"""One moment in several databases: nobody writes anywhere while each freezes what it sees.

PostgreSQL has no snapshot across databases. So writes are held for an instant: every table of every database is
locked against writing, each session's snapshot is taken, the locks go at once. What is read through the snapshots
afterwards, for however long, is of one moment (docs/decisions/0009-a-backup-is-one-moment.md).
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from psycopg import sql

from deploy.local.databases import CONNECT_S
from deploy.local.errors import UserError

HOLD_S = 0.8
"""The longest that writes wait. Shorter than PostgreSQL's deadlock_timeout (1 s): nobody's transaction is ended."""
_PATIENCE_S = 60.0
_TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
)
# A vacuum under way would keep a table from being locked for minutes. It begins again by itself.
_END_VACUUMS = (
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
    " WHERE backend_type = 'autovacuum worker' AND datname = current_database()"
)


class _Busy(Exception):
    """Somebody was writing for too long."""


@dataclass(frozen=True)
class Moment:
    """The snapshots by database, good while the moment is held open."""

    at: datetime
    snapshots: Mapping[str, str]
    waited_s: float  # for so long writes were held up


@contextmanager
def one_moment(
    urls: Mapping[str, str], *, meanwhile: Callable[[], None] = lambda: None, patience_s: float = _PATIENCE_S
) -> Iterator[Moment]:
    """A moment of the databases in `urls` (name → URL of a login that may lock every table).

    `meanwhile` runs while nobody writes; it must be quick. Raises UserError when somebody writes without a pause.
    """
    with ExitStack() as stack:
        sessions = {
            name: stack.enter_context(psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_S))
            for name, url in urls.items()
        }
        tables = {name: _tables(session) for name, session in sessions.items()}
        deadline = time.monotonic() + patience_s
        while True:
            try:
                moment = _attempt(sessions, tables, meanwhile)
                break
            except _Busy:
                if time.monotonic() > deadline:
                    raise UserError(
                        "no moment was found in which nobody writes: look for a transaction that stays open"
                        " (pg_stat_activity), then try again"
                    ) from None
                time.sleep(0.2)
        yield moment


def _tables(session: psycopg.Connection) -> Sequence[str]:
    return [str(row[0]) for row in session.execute(_TABLES)]


def _attempt(
    sessions: Mapping[str, psycopg.Connection],
    tables: Mapping[str, Sequence[str]],
    meanwhile: Callable[[], None],
) -> Moment:
    began = time.monotonic()
    try:
        for name, session in sessions.items():
            _end_vacuums(session)
            session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            session.execute("SAVEPOINT held")
            if tables[name]:
                _lock(session, tables[name], left_s=began + HOLD_S - time.monotonic())
        # Nobody writes now. The first look freezes what a session sees; it outlives the locks.
        at = min(_now(session) for session in sessions.values())
        meanwhile()
        for session in sessions.values():
            session.execute("ROLLBACK TO SAVEPOINT held")
            session.execute("RELEASE SAVEPOINT held")
        waited_s = time.monotonic() - began
        snapshots = {name: _export(session) for name, session in sessions.items()}
    except (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable) as error:
        for session in sessions.values():
            session.execute("ROLLBACK")
        raise _Busy from error
    return Moment(at, snapshots, waited_s)


def _now(session: psycopg.Connection) -> datetime:
    row = session.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment.astimezone(UTC)


def _end_vacuums(session: psycopg.Connection) -> None:
    # Who is no superuser may not: then a vacuum is waited out.
    with suppress(psycopg.errors.InsufficientPrivilege):
        session.execute(_END_VACUUMS)


def _lock(session: psycopg.Connection, tables: Sequence[str], *, left_s: float) -> None:
    if left_s <= 0:
        raise _Busy
    # As a setting of the savepoint it goes with it. A SELECT here would freeze the snapshot too early.
    session.execute(
        sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(max(1, int(left_s * 1000))))
    )
    names = sql.SQL(", ").join(sql.Identifier("public", table) for table in tables)
    session.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(names))


def _export(session: psycopg.Connection) -> str:
    row = session.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None
    return str(row[0])
