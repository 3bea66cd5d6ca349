"""Whom a notice is for, from what is known here. None: not known yet, ask again."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from services.notify.domain.occasions import Occasion
from services.notify.models import Notice
from services.notify.queries import people
from services.notify.queries.truth import appointment


@dataclass(frozen=True)
class Recipient:
    """A person with a login, or only a contact point."""

    person_id: UUID | None = None
    contact_id: UUID | None = None

    @property
    def id(self) -> UUID:
        found = self.person_id or self.contact_id
        if found is None:
            raise ValueError("a recipient is a person or a contact point")
        return found


def recipients(db: Session, notice: Notice) -> list[Recipient] | None:
    """Everybody this notice is for, each once."""
    match Occasion(notice.occasion):
        case Occasion.CHECK_IN_OPENED:
            return _persons(notice.person_id)
        case Occasion.INTENTION_SHARED:
            return _of_couple(db, notice, partner=True)
        case Occasion.ENTRY_SHARED:
            audience = notice.audience
            return _of_couple(
                db,
                notice,
                partner=audience in ("partner", "both"),
                practitioners=audience in ("practitioner", "both"),
            )
        case Occasion.REMINDER_24H | Occasion.REMINDER_2H:
            return _of_appointment(db, notice, practitioners=True)
        case _:
            return _of_appointment(db, notice)


def _persons(*person_ids: UUID | None) -> list[Recipient]:
    return [Recipient(person_id=one) for one in dict.fromkeys(person_ids) if one is not None]


def _of_appointment(db: Session, notice: Notice, *, practitioners: bool = False) -> list[Recipient] | None:
    found = appointment(db, notice.about_id)
    if found is None:
        return None
    told = _persons(*found.partner_ids, *(found.practitioner_ids if practitioners else ()))
    if found.enquiry_id is not None:
        point = people.enquiry_contact(db, found.enquiry_id)
        if point is None:
            return None
        told.append(Recipient(contact_id=point.id))
    return told


def _of_couple(
    db: Session, notice: Notice, *, partner: bool = False, practitioners: bool = False
) -> list[Recipient] | None:
    found = people.couple(db, notice.couple_id) if notice.couple_id else None
    if found is None:
        return None
    told: list[UUID] = []
    if partner:
        if found.partner_ids is None:
            return None
        told += [one for one in found.partner_ids if one != notice.person_id]
    if practitioners:
        if found.practitioner_ids is None:
            return None
        told += found.practitioner_ids
    return _persons(*told)
