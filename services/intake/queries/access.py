"""Access outside the care team: who broke the glass until when, and who must never."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from services.intake.models import BreakGlass, ConflictMark
from shared.errors import NotFound


def has_broken_glass(
    db: Session, practitioner_id: UUID, couple_id: UUID, *, person_id: UUID | None = None, now: datetime
) -> bool:
    """Whether an access of this clinician's is open: to the whole couple, or (when named) to this partner."""
    whole = BreakGlass.person_id.is_(None)
    reaches = whole if person_id is None else or_(whole, BreakGlass.person_id == person_id)
    opened = exists().where(
        BreakGlass.couple_id == couple_id,
        BreakGlass.practitioner_id == practitioner_id,
        BreakGlass.expires_at > now,
        reaches,
    )
    return bool(db.scalar(select(opened)))


def unreviewed_glasses(
    db: Session, couple_id: UUID, practitioner_id: UUID, *, since: datetime
) -> list[tuple[datetime, datetime]]:
    """From when until when a clinician had accesses to the couple after `since` that nobody has reviewed."""
    statement = select(BreakGlass.opened_at, BreakGlass.expires_at).where(
        BreakGlass.couple_id == couple_id,
        BreakGlass.practitioner_id == practitioner_id,
        BreakGlass.outcome.is_(None),
        BreakGlass.expires_at > since,
    )
    return [(row.opened_at, row.expires_at) for row in db.execute(statement)]


def glasses(*, opened_by: UUID | None) -> Select[BreakGlass]:
    """Every access of the practice, open and past, or one clinician's own."""
    statement = select(BreakGlass)
    return statement if opened_by is None else statement.where(BreakGlass.practitioner_id == opened_by)


def break_glass(db: Session, break_glass_id: UUID) -> BreakGlass:
    """One access without its reason. Raises NotFound."""
    row = db.get(BreakGlass, break_glass_id)
    if row is None:
        raise NotFound
    return row


def with_reason(db: Session, row: BreakGlass, *, now: datetime) -> dict[str, Any]:
    """One access as its opener and admins see it."""
    return {
        "id": row.id,
        "couple_id": row.couple_id,
        "person_id": row.person_id,
        "practitioner_id": row.practitioner_id,
        "opened_at": row.opened_at,
        "expires_at": row.expires_at,
        "is_open": row.expires_at > now,
        "reason": row.shown(db, "reason"),
        "reviewed_by": row.reviewed_by,
        "reviewed_at": row.reviewed_at,
        "outcome": row.outcome,
    }


def conflict_mark(db: Session, mark_id: UUID) -> ConflictMark:
    """One mark. Raises NotFound."""
    row = db.get(ConflictMark, mark_id)
    if row is None:
        raise NotFound
    return row


def conflict_marks(couple_id: UUID) -> Select[ConflictMark]:
    """Who has, and who had, a conflict with this couple."""
    return select(ConflictMark).where(ConflictMark.couple_id == couple_id)


def standing_mark(couple_id: UUID, practitioner_id: UUID) -> Select[ConflictMark]:
    """The mark of this practitioner's conflict with the couple that holds now."""
    return conflict_marks(couple_id).where(
        ConflictMark.practitioner_id == practitioner_id, ConflictMark.lifted_at.is_(None)
    )


def conflicts_among(db: Session, couple_id: UUID, practitioner_ids: Collection[UUID]) -> bool:
    """Whether one of these people has a conflict with the couple."""
    marked = exists().where(
        ConflictMark.couple_id == couple_id,
        ConflictMark.practitioner_id.in_(practitioner_ids),
        ConflictMark.lifted_at.is_(None),
    )
    return bool(db.scalar(select(marked)))
