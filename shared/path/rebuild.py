"""Rebuild a reader's projections: their owner states what is so, page by page, while all goes on (decision 7)."""

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.db.plumbing import dead_letter, outbox, practice
from shared.db.tenancy import Database, Scope
from shared.events.base import topic_of
from shared.path.freshness import known_until
from shared.path.outbox import Outbox
from shared.path.snapshots import Dated, Page, Snapshot, Snapshots

log = structlog.get_logger()
PAGE = 200  # rows locked at a time, for about a tenth of a second
MOST_WAITING = 5_000  # events in the outbox: beyond it, live events would wait for the rebuild
_PAUSE_S = 0.1
_LOCK_NOT_AVAILABLE = "55P03"


class NothingToState(ValueError):
    """The owner has no snapshot that this reader projects, or none of the types asked for. Says which there are."""


@dataclass(frozen=True)
class Progress:
    """How far a rebuild is. Rows come and go meanwhile, so `rows_in_all` is about right."""

    stated: int  # events
    rows: int
    rows_in_all: int
    practice: int  # the number of the one under way, from 1; 0 when there is none
    practices: int
    is_waiting: bool = False  # for the relay: too many events wait in the outbox


@dataclass(frozen=True)
class Rebuilt:
    """All is stated. The reader has applied it once `is_applied(…, since)` says so."""

    stated: int
    practices: int
    since: datetime


def rebuild(
    database: Database,
    snapshots: Snapshots,
    *,
    reader: str,
    by: str,
    types: Collection[str] | None = None,
    practices: Collection[UUID] | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    page: int = PAGE,
    most_waiting: int = MOST_WAITING,
) -> Rebuilt:
    """Have the owner of `snapshots` state for `reader` what is so; `database` is the owner's, as its worker.

    `types` are names of events (`ReadinessDecided`, or in full), all when None. `by` names the person who asked,
    for the log. Nothing stops meanwhile. It may be interrupted at any point and run again: what was stated
    stands, and repeating it is harmless. Raises NothingToState.
    """
    chosen = stated_for(snapshots, reader, types)
    owner = next(iter(chosen)).OWNER
    ids = _practices(database, practices)
    in_all = sum(_count(database, one, chosen) for one in ids)
    log.info("projections are rebuilt", group=reader, operator=by, count=in_all)
    at = Progress(0, 0, in_all, 0, len(ids))

    def wait_for_room() -> None:
        while _is_full(database, most_waiting):
            progress(replace(at, is_waiting=True))
            time.sleep(_PAUSE_S)

    for number, practice_id in enumerate(ids, 1):
        at = replace(at, practice=number)
        progress(at)
        for snapshot in chosen.values():
            for found in _pages(database, snapshot, reader, practice_id, page, wait_for_room):
                at = replace(at, stated=at.stated + len(found.facts), rows=at.rows + found.rows)
                progress(at)
    with database.transaction(Scope(role="worker")) as db:
        # Behind all that was stated: who has applied these ticks has applied it.
        since = _outbox(db).record_ticks(db, owner)
    log.info("projections are stated", group=reader, operator=by, count=at.stated)
    return Rebuilt(at.stated, len(ids), since)


def stated_for(snapshots: Snapshots, reader: str, types: Collection[str] | None = None) -> Snapshots:
    """The part of `snapshots` that `reader` listens to, of these types if any are named. Raises NothingToState."""
    heard = {kind: one for kind, one in snapshots.items() if reader in kind.CONSUMERS}
    there_are = ", ".join(kind.__name__ for kind in heard) or "none"
    if types is not None:
        names = {name for kind in heard for name in (kind.__name__, kind.TYPE)}
        if unknown := sorted(set(types) - names):
            raise NothingToState(f"no snapshot of {', '.join(unknown)} for {reader}; there are: {there_are}")
        heard = {kind: one for kind, one in heard.items() if {kind.__name__, kind.TYPE} & set(types)}
    if not heard:
        raise NothingToState(f"nothing is stated for {reader}")
    return heard


def is_applied(reader_database: Database, owner: str, since: datetime) -> bool:
    """Whether the reader has applied all that `owner` stated: its ticks have come, and no event of the owner waits
    among the dead letters (a snapshot that failed, or that is parked behind an event that did, isn't applied)."""
    with reader_database.transaction(Scope(role="worker")) as db:
        known = known_until(db, owner)
        return known is not None and known >= since and _put_aside(db, owner) == 0


def put_aside(reader_database: Database, owner: str) -> int:
    """How many of the owner's events wait among the reader's dead letters: they must be replayed first."""
    with reader_database.transaction(Scope(role="worker")) as db:
        return _put_aside(db, owner)


def _put_aside(db: Session, owner: str) -> int:
    table = dead_letter.c
    waiting = table.replayed_at.is_(None) & table.event_id.is_not(None) & (table.topic == topic_of(owner))
    return db.execute(select(func.count()).select_from(dead_letter).where(waiting)).scalar_one()


def _pages(
    database: Database,
    snapshot: Snapshot,
    reader: str,
    practice_id: UUID,
    most: int,
    wait_for_room: Callable[[], None],
) -> Iterator[Page]:
    """State one practice's rows, a page after the other. A page in which somebody works is made smaller."""
    after, size, is_over = None, most, False
    while not is_over:
        wait_for_room()
        try:
            found = _state(database, snapshot, reader, practice_id, after, size)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            size = max(1, size // 2)
            time.sleep(_PAUSE_S / 2)
            continue
        yield found
        after, size, is_over = found.last, min(most, size * 2), found.last is None


def _state(
    database: Database, snapshot: Snapshot, reader: str, practice_id: UUID, after: UUID | None, size: int
) -> Page:
    """Record one page, in a transaction of its own."""
    with database.transaction(Scope(practice_id, role="worker")) as db:
        found = snapshot.page(db, after, size)
        for one in found.facts:
            fact, at = (one.fact, one.at) if isinstance(one, Dated) else (one, None)
            _outbox(db).record(db, fact, snapshot_for=reader, at=at)
    return found


def _practices(database: Database, only: Collection[UUID] | None) -> list[UUID]:
    statement = select(practice.c.practice_id).order_by(practice.c.practice_id)
    if only is not None:
        statement = statement.where(practice.c.practice_id.in_(only))
    with database.transaction(Scope(role="worker")) as db:
        return list(db.scalars(statement))


def _count(database: Database, practice_id: UUID, chosen: Snapshots) -> int:
    with database.transaction(Scope(practice_id, role="worker")) as db:
        return sum(snapshot.count(db) for snapshot in chosen.values())


def _is_full(database: Database, most: int) -> bool:
    with database.transaction(Scope(role="worker")) as db:
        # Not counted to the end: a long outbox is slow to count.
        seen = select(outbox.c.id).limit(most + 1).subquery()
        return db.execute(select(func.count()).select_from(seen)).scalar_one() > most


def _outbox(db: Session) -> Outbox:
    carried: Outbox = db.info["outbox"]
    return carried
