"""Who treats whom, who broke the glass, and who is in a couple."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session

from services.sessions.models import Booking, BreakGlass, Couple, MedicineSession
from shared.errors import NotFound


def is_treating(db: Session, person_id: UUID, couple_id: UUID) -> bool:
    """Whether this practitioner is in the couple's care team."""
    team = db.scalar(select(Couple.practitioner_ids).where(Couple.couple_id == couple_id))
    return team is not None and person_id in team


def is_attended_by(
    kind: type[Booking | MedicineSession], session_id: UUID, person_id: UUID
) -> ColumnElement[bool]:
    """For `holds`: this practitioner attends the session of that kind."""
    return exists().where(kind.id == session_id, kind.practitioner_ids.contains([person_id]))


def is_treated_by(
    kind: type[Booking | MedicineSession], session_id: UUID, person_id: UUID
) -> ColumnElement[bool]:
    """For `holds`: this practitioner is in the care team of the session's couple."""
    treated = exists().where(
        Couple.couple_id == kind.couple_id, Couple.practitioner_ids.contains([person_id])
    )
    return exists().where(kind.id == session_id, treated)


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
