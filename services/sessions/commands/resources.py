"""Occupies practitioners, rooms and partners for a session, all or nothing (rule B1)."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.sessions.models import Occupancy, Resource
from services.sessions.problems import SlotTaken
from shared.ids import new_id

_EXCLUSION_VIOLATION = "23P01"


def occupy(
    db: Session,
    session_id: UUID,
    *,
    practitioner_ids: Iterable[UUID],
    partner_ids: Iterable[UUID] = (),
    room_id: UUID | None = None,
    starts_at: datetime,
    ends_at: datetime,
) -> None:
    """Hold every resource for [starts_at, ends_at). Raises SlotTaken, which says nothing about whose diary."""
    wanted = [("practitioner", one) for one in practitioner_ids]
    wanted += [("partner", one) for one in partner_ids]
    wanted += [("room", room_id)] if room_id else []
    during = Range(starts_at, ends_at, bounds="[)")
    try:
        # Rolled back whole, its locks too: a consultation may then try the next practitioner.
        with db.begin_nested():
            rows = [
                {"id": new_id(), "session_id": session_id, "resource_no": number, "during": during}
                for number in _locked_numbers(db, sorted(wanted))
            ]
            db.execute(insert(Occupancy), rows)
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != _EXCLUSION_VIOLATION:
            raise
        raise SlotTaken from None


def release(db: Session, session_id: UUID) -> None:
    """Free everything that this session occupies."""
    db.execute(delete(Occupancy).where(Occupancy.session_id == session_id))


def _locked_numbers(db: Session, wanted: list[tuple[str, UUID]]) -> list[int]:
    """Numbers of these resources, locked in their order.

    The constraint alone would keep rule B1, but two writers of overlapping rows could wait for each other
    until PostgreSQL calls it a deadlock; behind the lock the second one finds the first one's row.
    """
    db.execute(
        insert(Resource).values([{"kind": kind, "ref": ref} for kind, ref in wanted]).on_conflict_do_nothing()
    )
    statement = (
        select(Resource.resource_no)
        .where(tuple_(Resource.kind, Resource.ref).in_(wanted))
        .order_by(Resource.resource_no)
        .with_for_update()
    )
    return list(db.scalars(statement))
