"""Safety concerns as the care team sees them."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.integration.models import SafetyConcern
from services.integration.queries.couples import couples_treated_by


def concerns_for(practitioner_id: UUID) -> Select[SafetyConcern]:
    """Concerns about the people this practitioner treats, and about nobody else."""
    return select(SafetyConcern).where(SafetyConcern.couple_id.in_(couples_treated_by(practitioner_id)))


def couple_of_concern(db: Session, concern_id: UUID) -> UUID | None:
    """The couple a concern belongs to; None when there is no such concern."""
    return db.scalar(select(SafetyConcern.couple_id).where(SafetyConcern.id == concern_id))


def person_of_concern(db: Session, concern_id: UUID) -> UUID | None:
    """Whose answer raised a concern; None when there is no such concern."""
    return db.scalar(select(SafetyConcern.person_id).where(SafetyConcern.id == concern_id))


def concern_with_kinds(db: Session, concern_id: UUID) -> dict[str, Any]:
    """One concern with what it is about, opened for somebody who treats the couple."""
    concern = db.scalars(select(SafetyConcern).where(SafetyConcern.id == concern_id)).one()
    return {
        "id": concern.id,
        "couple_id": concern.couple_id,
        "person_id": concern.person_id,
        "urgency": concern.urgency,
        "raised_at": concern.raised_at,
        "state": concern.state,
        "kinds": json.loads(concern.shown(db, "kinds") or "[]"),
    }
