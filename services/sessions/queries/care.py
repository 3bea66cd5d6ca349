"""Who treats whom, and who is in a couple."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sessions.models import Couple
from shared.errors import NotFound


def is_treating(db: Session, person_id: UUID, couple_id: UUID) -> bool:
    """Whether this practitioner is in the couple's care team."""
    team = db.scalar(select(Couple.practitioner_ids).where(Couple.couple_id == couple_id))
    return team is not None and person_id in team


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
