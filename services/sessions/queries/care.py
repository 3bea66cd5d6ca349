"""Who treats whom and who must not, who broke the glass, and who is in a couple."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session

from services.sessions.models import BreakGlass, Couple
from shared.errors import NotFound


def is_treating(db: Session, person_id: UUID, couple_id: UUID) -> bool:
    """Whether this practitioner is in the couple's care team. A conflict goes before that."""
    treated = select(Couple.couple_id).where(
        Couple.couple_id == couple_id,
        Couple.practitioner_ids.contains([person_id]),
        ~Couple.conflict_ids.contains([person_id]),
    )
    return db.scalar(treated) is not None


def is_in_conflict(person_id: UUID, couple_id: Any) -> ColumnElement[bool]:
    """For another statement: whether this practitioner has a conflict of interest with a row's couple."""
    return exists().where(Couple.couple_id == couple_id, Couple.conflict_ids.contains([person_id]))


def conflicts_of(db: Session, couple_ids: Collection[UUID | None]) -> dict[UUID | None, set[UUID]]:
    """Who has a conflict of interest with each of these couples that somebody has one with."""
    rows = db.execute(
        select(Couple.couple_id, Couple.conflict_ids).where(
            Couple.couple_id.in_([one for one in couple_ids if one is not None]),
            func.cardinality(Couple.conflict_ids) > 0,
        )
    )
    return {row.couple_id: set(row.conflict_ids) for row in rows}


def broke_glass(db: Session, person_id: UUID, couple_id: UUID, *, now: datetime) -> bool:
    """Whether this clinician has an open access to the whole couple: a session shows both of its partners."""
    opened = glass_broken_by(person_id, now=now).where(BreakGlass.couple_id == couple_id)
    return db.scalars(opened.limit(1)).first() is not None


def glass_broken_by(person_id: UUID, *, now: datetime) -> Select[UUID]:
    """The couples to which this clinician has an open access, for use in another statement."""
    return select(BreakGlass.couple_id).where(
        BreakGlass.practitioner_id == person_id,
        BreakGlass.person_id.is_(None),
        BreakGlass.expires_at > now,
        ~is_in_conflict(person_id, BreakGlass.couple_id),
    )


def locked_couple(db: Session, couple_id: UUID) -> Couple:
    """The couple, locked: whoever changes facts of its gates does so one after the other. Raises NotFound."""
    couple = db.scalar(
        select(Couple)
        .where(Couple.couple_id == couple_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if couple is None or not couple.partner_ids:
        raise NotFound
    return couple
