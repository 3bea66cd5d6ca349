"""Who treats whom and who must not, who broke the glass, and who is in a couple."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from services.sessions.models import Booking, BreakGlass, Couple, MedicineSession
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


def is_attended_by(
    kind: type[Booking | MedicineSession], session_id: UUID, person_id: UUID
) -> ColumnElement[bool]:
    """For `holds`: this practitioner attends the session of that kind, and has no conflict with its couple."""
    return exists().where(
        kind.id == session_id,
        kind.practitioner_ids.contains([person_id]),
        ~is_in_conflict(person_id, kind.couple_id),
    )


def is_treated_by(
    kind: type[Booking | MedicineSession], session_id: UUID, person_id: UUID
) -> ColumnElement[bool]:
    """For `holds`: this practitioner is in the care team of the session's couple. A conflict goes before that."""
    return exists().where(kind.id == session_id, _is_treated(kind, person_id))


def is_stood_in_for(
    kind: type[Booking | MedicineSession], session_id: UUID, person_id: UUID
) -> ColumnElement[bool]:
    """For `holds`: this practitioner treats the session's couple, and somebody named in it must not attend."""
    return exists().where(
        kind.id == session_id,
        _is_treated(kind, person_id),
        exists().where(
            Couple.couple_id == kind.couple_id, Couple.conflict_ids.overlap(kind.practitioner_ids)
        ),
    )


def _is_treated(kind: type[Booking | MedicineSession], person_id: UUID) -> ColumnElement[bool]:
    return exists().where(
        Couple.couple_id == kind.couple_id,
        Couple.practitioner_ids.contains([person_id]),
        ~Couple.conflict_ids.contains([person_id]),
    )


def is_behind_broken_glass(
    kind: type[Booking | MedicineSession], session_id: UUID, person_id: UUID, *, now: datetime
) -> ColumnElement[bool]:
    """For `holds`: this clinician has an open access to the whole couple: a session shows both of its partners."""
    return exists().where(kind.id == session_id, kind.couple_id.in_(glass_broken_by(person_id, now=now)))


def holds(db: Session, *any_of: ColumnElement[bool]) -> bool:
    """Whether any of these is so, asked in one statement, which is the same whatever is there."""
    return bool(db.scalar(select(or_(*any_of))))


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
