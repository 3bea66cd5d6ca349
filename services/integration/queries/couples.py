"""Who belongs together, who treats whom and who broke the glass, as this service knows it from intake."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, exists, literal, or_, select
from sqlalchemy.orm import Session

from services.integration.models import BreakGlass, CareTeamMember, CouplePartner
from shared.errors import NotFound


@dataclass(frozen=True)
class OwnCouple:
    """A person's couple and, where there is one, the other partner in it."""

    couple_id: UUID
    partner_id: UUID | None


def couple_of(db: Session, person_id: UUID) -> OwnCouple:
    """The couple a partner is in. Raises NotFound while intake's word of it has not arrived."""
    couple_id = db.scalar(
        select(CouplePartner.couple_id)
        .where(CouplePartner.person_id == person_id)
        .order_by(CouplePartner.couple_id)
        .limit(1)
    )
    if couple_id is None:
        raise NotFound
    partner_id = db.scalar(
        select(CouplePartner.person_id).where(
            CouplePartner.couple_id == couple_id, CouplePartner.person_id != person_id
        )
    )
    return OwnCouple(couple_id, partner_id)


def is_treating(db: Session, practitioner_id: UUID, couple_id: UUID) -> bool:
    """Whether this practitioner is in the couple's care team."""
    return bool(
        db.scalar(
            select(
                exists().where(
                    CareTeamMember.couple_id == couple_id,
                    CareTeamMember.practitioner_id == practitioner_id,
                )
            )
        )
    )


def broke_glass(
    db: Session, practitioner_id: UUID, couple_id: UUID, *, person_id: UUID | None = None, now: datetime
) -> bool:
    """Whether this clinician has an open access to the whole couple, or (when named) to this partner."""
    whose = literal(couple_id, Uuid), literal(person_id, Uuid)
    return bool(db.scalar(select(is_behind_broken_glass(practitioner_id, *whose, now=now))))


def is_behind_broken_glass(
    practitioner_id: UUID, couple_id: Any, person_id: Any, *, now: datetime
) -> ColumnElement[bool]:
    """For another statement: whether a row of this couple and person lies behind an open access of the clinician's."""
    return exists().where(
        BreakGlass.practitioner_id == practitioner_id,
        BreakGlass.couple_id == couple_id,
        or_(BreakGlass.person_id.is_(None), BreakGlass.person_id == person_id),
        BreakGlass.expires_at > now,
    )


def is_partner_in(db: Session, person_id: UUID, couple_id: UUID) -> bool:
    """Whether this person is one of the couple."""
    return bool(
        db.scalar(
            select(exists().where(CouplePartner.couple_id == couple_id, CouplePartner.person_id == person_id))
        )
    )


def couples_treated_by(practitioner_id: UUID) -> Select[UUID]:
    """The couples whose care team this practitioner is in, for use in another statement."""
    return select(CareTeamMember.couple_id).where(CareTeamMember.practitioner_id == practitioner_id)
