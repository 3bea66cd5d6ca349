"""What operators did, written down for good: rows that the worker role can add and read, never change.

A replay has a row when it begins, one per letter in the transaction that applied it, and one when it ends. So
whatever stops it half-way, the table tells who did what.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from shared.db.plumbing import operator_act
from shared.ids import new_id


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
