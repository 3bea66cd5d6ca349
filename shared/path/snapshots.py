"""Snapshots: an owner states again what is so, for one reader whose projections are rebuilt by it (decision 7).

A service's table of them (`services/<name>/snapshots.py`) is its answer to the readers' tables of projections.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, inspect, select
from sqlalchemy.orm import InstrumentedAttribute, Session, defer, raiseload
from sqlalchemy.orm.interfaces import ORMOption

from shared.events.base import Event


@dataclass(frozen=True)
class Dated:
    """A fact whose real time a reader goes by, where it was not recorded now."""

    fact: Event
    at: datetime


@dataclass(frozen=True)
class Page:
    """What is so of some of a practice's rows, in the order in which it must be applied."""

    facts: list[Dated | Event]
    rows: int
    last: UUID | None  # the key after which the next page begins; None: there is none


State = Callable[[Session, Sequence[Any]], Iterable[Dated | Event]]
"""`snapshot_x(db, rows)`: what is so of these rows, which are locked. No event about what is not, or not any more."""


@dataclass(frozen=True)
class Snapshot:
    """How one type of event is stated again: row by row of the table whose lock orders its events."""

    key: InstrumentedAttribute[UUID]
    state: State
    only: ColumnElement[bool] | None = None  # rows of which there is something to state; None: all

    def count(self, db: Session) -> int:
        """How many rows of this practice there are to look at."""
        return db.execute(select(func.count()).select_from(self.key.class_).where(*self._only())).scalar_one()

    def page(self, db: Session, after: UUID | None, limit: int) -> Page:
        """The next rows after `after`, locked until the transaction ends, and what is so of them.

        Commands that change a row wait until it has been stated, or have changed it before: so the outbox has
        the same order. Never waits for a lock while holding others, which could stop a command for good: a row
        that is taken raises LockNotAvailable (SQLSTATE 55P03), and the page is asked for again.
        """
        rows = db.scalars(
            select(self.key.class_)
            .where(*self._only(), *([] if after is None else [self.key > after]))
            .order_by(self.key)
            .limit(limit)
            .options(raiseload("*"), *_unread(self.key.class_))
            .with_for_update(read=True, nowait=True)
        ).all()
        last = getattr(rows[-1], self.key.key) if len(rows) == limit else None
        return Page(list(self.state(db, rows)) if rows else [], len(rows), last)

    def _only(self) -> list[ColumnElement[bool]]:
        return [] if self.only is None else [self.only]


Snapshots = Mapping[type[Event], Snapshot]
"""What a service can state again, in the order in which it must be stated."""


def _unread(model: Any) -> list[ORMOption]:
    """An event carries ids, times and states: words and sealed columns are not even read, asking for one raises."""
    return [
        defer(attribute, raiseload=True)
        for attribute in inspect(model).column_attrs
        if attribute.columns[0].info["data_class"] != "plumbing"
    ]
