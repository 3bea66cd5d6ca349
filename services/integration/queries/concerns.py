"""Safety concerns as the care team sees them."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from services.integration.domain import ConcernKind
from services.integration.models import SafetyConcern
from services.integration.queries.confidentiality import concern_may_be_raised
from services.integration.queries.couples import couples_treated_by, is_behind_broken_glass


def concerns_for(practitioner_id: UUID, *, now: datetime) -> Select[SafetyConcern]:
    """Concerns about the people this practitioner treats or has an open access to, and about nobody else."""
    concern = SafetyConcern
    opened = is_behind_broken_glass(practitioner_id, concern.couple_id, concern.person_id, now=now)
    return select(concern).where(or_(concern.couple_id.in_(couples_treated_by(practitioner_id)), opened))


def is_concern_of_treated(db: Session, concern_id: UUID, practitioner_id: UUID) -> bool:
    """Whether this practitioner treats the couple that the concern belongs to: one statement, whatever is there."""
    concern = SafetyConcern
    theirs = exists().where(
        concern.id == concern_id, concern.couple_id.in_(couples_treated_by(practitioner_id))
    )
    return bool(db.scalar(select(theirs)))


def is_concern_behind_broken_glass(
    db: Session, concern_id: UUID, practitioner_id: UUID, *, now: datetime
) -> bool:
    """Whether this clinician has an open access to whom the concern is about: one statement, whatever is there."""
    concern = SafetyConcern
    opened = is_behind_broken_glass(practitioner_id, concern.couple_id, concern.person_id, now=now)
    return bool(db.scalar(select(exists().where(concern.id == concern_id, opened))))


def person_of_concern(db: Session, concern_id: UUID) -> UUID | None:
    """Whose answer raised a concern; None when there is no such concern."""
    return db.scalar(select(SafetyConcern.person_id).where(SafetyConcern.id == concern_id))


def concern_with_kinds(db: Session, concern_id: UUID) -> dict[str, Any]:
    """One concern with what it is about, opened for somebody who treats the couple."""
    concern = db.scalars(select(SafetyConcern).where(SafetyConcern.id == concern_id)).one()
    kinds = concern_kinds(db, concern)
    return {
        "id": concern.id,
        "couple_id": concern.couple_id,
        "person_id": concern.person_id,
        "urgency": concern.urgency,
        "raised_at": concern.raised_at,
        "state": concern.state,
        "kinds": kinds,
        "may_be_raised": concern_may_be_raised(db, concern, kinds),
    }


def concern_kinds(db: Session, concern: SafetyConcern) -> list[ConcernKind]:
    """What a concern is about."""
    return [ConcernKind(kind) for kind in json.loads(concern.shown(db, "kinds") or "[]")]
