"""Reading chain, checkpoints and rows that wait, in the worker's role, for whoever verifies or asks who looked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from shared.audit.canonical import COLUMNS, Link, Row
from shared.audit.signing import Checkpoint
from shared.db.plumbing import audit_chain, audit_checkpoint, audit_row

_PORTION = 2_000


@dataclass(frozen=True)
class Waiting:
    """Rows that are committed and not sealed yet."""

    rows: int
    oldest_at: datetime | None


def links(db: Session) -> Iterator[Link]:
    """The chain, row by row: it may be longer than fits into memory."""
    columns = audit_chain.c
    statement = select(
        columns.sequence, columns.previous, columns.hash, *(columns[name] for name in COLUMNS)
    ).order_by(columns.sequence)
    for sequence, previous, made, *values in db.execute(statement, execution_options={"yield_per": _PORTION}):
        yield Link(sequence, Row(tuple(values)), bytes(previous), bytes(made))


def checkpoints(db: Session) -> Sequence[Checkpoint]:
    """Every checkpoint, oldest first."""
    columns = audit_checkpoint.c
    found = db.execute(
        select(columns.sequence, columns.hash, columns.at, columns.key_name, columns.signature).order_by(
            columns.sequence
        )
    )
    return [Checkpoint(a, bytes(b), c, d, bytes(e)) for a, b, c, d, e in found]


def waiting(db: Session) -> Waiting:
    rows, oldest_at = db.execute(select(func.count(), func.min(audit_row.c.at))).one()
    return Waiting(rows, oldest_at)


@dataclass(frozen=True)
class Seen:
    """One look at somebody's data."""

    at: datetime
    actor_id: UUID
    roles: str
    act: str
    kind: str
    record_id: UUID | None
    relation: str
    route: str


def looks_at(db: Session, about_id: UUID) -> Sequence[Seen]:
    """Who looked at or changed this person's or couple's data, oldest first; also what is not sealed yet."""
    names = ("at", "actor_id", "roles", "act", "kind", "record_id", "relation", "route")
    parts = [
        select(*(table.c[name] for name in names)).where(table.c.about_id == about_id)
        for table in (audit_chain, audit_row)
    ]
    both = union_all(*parts).subquery()
    return [Seen(*row) for row in db.execute(select(both).order_by(both.c.at))]
