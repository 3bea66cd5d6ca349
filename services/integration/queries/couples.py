"""Who belongs together and who treats whom, as this service knows it from intake."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from services.integration.models import CareTeamMember, CouplePartner
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
