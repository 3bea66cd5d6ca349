"""Who treats whom, who broke the glass, and who is in a couple."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.sessions.models import BreakGlass, Couple
from shared.errors import NotFound


def is_treating(db: Session, person_id: UUID, couple_id: UUID) -> bool:
    """Whether this practitioner is in the couple's care team."""
    team = db.scalar(select(Couple.practitioner_ids).where(Couple.couple_id == couple_id))
    return team is not None and person_id in team


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
