"""What a service keeps of conflicts of interest: with its couple, who must have nothing to do with it."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session

from shared.db.columns import OfPractice, plumbing
from shared.events.base import Received
from shared.events.intake import ConflictMarked, ConflictMarkLifted


class WithConflicts(OfPractice):
    """The columns of a service's own table of couples that this needs.

    Not in a table of its own behind a wall: the gate of a medicine session asks for it in a partner's transaction.
    """

    couple_id: Mapped[UUID] = plumbing(primary_key=True)
    conflict_ids: Mapped[list[UUID]] = plumbing(default=list)


Projection = Callable[[Session, Sequence[Received[Any]]], None]


def projections_into(table: type[WithConflicts]) -> tuple[Projection, Projection]:
    """`project_conflict_marked` and `project_conflict_mark_lifted` of the service that has this table."""

    # Marks are rare: one statement for each, in their order.
    def project_conflict_marked(db: Session, events: Sequence[Received[ConflictMarked]]) -> None:
        """Keep who has a conflict, also of a couple not known yet. Repeating it writes the same."""
        for fact in (one.event for one in events):
            others = func.array_remove(table.conflict_ids, fact.practitioner_id)
            db.execute(
                insert(table)
                .values(couple_id=fact.couple_id, conflict_ids=[fact.practitioner_id])
                .on_conflict_do_update(
                    index_elements=["practice_id", "couple_id"],
                    set_={"conflict_ids": func.array_append(others, fact.practitioner_id)},
                )
            )

    def project_conflict_mark_lifted(db: Session, events: Sequence[Received[ConflictMarkLifted]]) -> None:
        """Forget a conflict that is no more. Repeating it changes nothing."""
        for fact in (one.event for one in events):
            db.execute(
                update(table)
                .where(table.couple_id == fact.couple_id)
                .values(conflict_ids=func.array_remove(table.conflict_ids, fact.practitioner_id))
                .execution_options(synchronize_session=False)
            )

    return project_conflict_marked, project_conflict_mark_lifted
