"""What operators did, written down for good: rows that the worker role can add and read, never change.

A replay has a row when it begins, one per letter in the transaction that applied it, and one when it ends. So
whatever stops it half-way, the table tells who did what.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from shared.db.plumbing import operator_act
from shared.ids import new_id

REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/#-]{0,63}")
"""The number of an incident or ticket: no blanks, so no sentence."""


class Act(StrEnum):
    """What an operator can do that is written down."""

    REPLAY_BEGUN = "replay_begun"
    REPLAYED = "replayed"  # one letter
    REPLAY_ENDED = "replay_ended"
    IDS_REVEALED = "ids_revealed"
    REBUILD_BEGUN = "rebuild_begun"
    REBUILD_ENDED = "rebuild_ended"
    KEY_RENEWED = "key_renewed"  # a person's words are sealed under a new data key from then on
    KEY_DESTROYED = "key_destroyed"  # a person's words of one class were erased
    RESTORED = "restored"  # the database came back from a backup of the moment that `asked` names


@dataclass(frozen=True)
class Operator:
    """Who gives one command, and why: `because` is the number of an incident or ticket."""

    by: str
    because: str | None = None
    run_id: UUID = field(default_factory=new_id)


def write_act(
    db: Session,
    operator: Operator,
    act: Act,
    *,
    asked: Mapping[str, object] | None = None,
    letter_id: int | None = None,
    event_id: UUID | None = None,
    applied: int | None = None,
    waiting: int | None = None,
) -> None:
    """Add one row in the caller's transaction. `asked` holds ids and enumerations only."""
    db.execute(
        insert(operator_act).values(
            run_id=operator.run_id,
            by=operator.by,
            because=operator.because,
            act=act.value,
            asked=dict(asked or {}),
            letter_id=letter_id,
            event_id=event_id,
            applied=applied,
            waiting=waiting,
        )
    )


@dataclass(frozen=True)
class Written:
    """One row, as it is read again."""

    run_id: UUID
    at: datetime
    by: str
    act: str
    because: str | None
    letter_id: int | None
    applied: int | None
    waiting: int | None


def acts_of(db: Session, run_id: UUID) -> Sequence[Written]:
    """What one command of an operator wrote down, in order. Empty: there was none."""
    return _read(db, operator_act.c.run_id == run_id, operator_act.c.id)


def latest_acts(db: Session, most: int) -> Sequence[Written]:
    """The newest acts, newest first; of a replay its beginning and end, not each letter."""
    return _read(db, operator_act.c.act != Act.REPLAYED.value, operator_act.c.id.desc(), most)


def _read(
    db: Session, which: ColumnElement[bool], order: ColumnElement[int], most: int | None = None
) -> Sequence[Written]:
    table = operator_act.c
    columns = (
        table.run_id, table.at, table.by, table.act, table.because, table.letter_id, table.applied, table.waiting,
    )  # fmt: skip
    return [Written(*row) for row in db.execute(select(*columns).where(which).order_by(order).limit(most))]
