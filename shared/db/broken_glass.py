"""What a service that shows a couple's data keeps of broken glasses: who may read until when, as intake said."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TIMESTAMP, Uuid, column, func, update, values
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session

from shared.db.columns import OfPractice, plumbing
from shared.events.base import Received
from shared.events.intake import BreakGlassEnded, BreakGlassOpened


class BrokenGlass(OfPractice):
    """The columns of a service's own table of them."""

    break_glass_id: Mapped[UUID] = plumbing(primary_key=True)
    couple_id: Mapped[UUID] = plumbing()
    person_id: Mapped[UUID | None] = plumbing()  # None: both partners
    practitioner_id: Mapped[UUID] = plumbing()
    expires_at: Mapped[datetime] = plumbing()


Projection = Callable[[Session, Sequence[Received[Any]]], None]


def projections_into(table: type[BrokenGlass]) -> tuple[Projection, Projection]:
    """`project_break_glass_opened` and `project_break_glass_ended` of the service that has this table."""

    def project_break_glass_opened(db: Session, events: Sequence[Received[BreakGlassOpened]]) -> None:
        """Keep who may read until when. Repeating it writes the same; a snapshot has the end that holds by now."""
        latest = {
            one.event.break_glass_id: {
                "break_glass_id": one.event.break_glass_id,
                "couple_id": one.event.couple_id,
                "person_id": one.event.person_id,
                "practitioner_id": one.event.practitioner_id,
                "expires_at": one.event.expires_at,
            }
            for one in events
        }
        statement = insert(table).values(list(latest.values()))
        db.execute(
            statement.on_conflict_do_update(
                index_elements=["practice_id", "break_glass_id"],
                # Never later: an end that was told stays.
                set_={"expires_at": func.least(table.expires_at, statement.excluded.expires_at)},
            )
        )

    def project_break_glass_ended(db: Session, events: Sequence[Received[BreakGlassEnded]]) -> None:
        """End accesses before their time. Repeating it changes nothing: an end is only ever moved up."""
        ended = values(
            column("break_glass_id", Uuid), column("at", TIMESTAMP(timezone=True)), name="ended"
        ).data([(one.event.break_glass_id, one.event.at) for one in events])
        db.execute(
            update(table)
            .where(table.break_glass_id == ended.c.break_glass_id)
            .values(expires_at=func.least(table.expires_at, ended.c.at))
            .execution_options(synchronize_session=False)
        )

    return project_break_glass_opened, project_break_glass_ended
