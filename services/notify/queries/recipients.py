"""Whom a notice is for, from what is known here. None: not known yet, ask again."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from services.notify.domain.occasions import (
    BOOKINGS,
    Occasion,
    is_news_of_booking,
    is_news_of_cancellation,
)
from services.notify.models import Notice
from services.notify.queries import people
from services.notify.queries.told import last_words
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
    """Everybody this notice is for, each once; nobody who has a conflict of interest with its couple."""
    told = _concerned(db, notice)
    if told is None:
        return None
    in_conflict = people.in_conflict_with(db, notice.couple_id)
    return [one for one in told if one.person_id not in in_conflict]


def _concerned(db: Session, notice: Notice) -> list[Recipient] | None:
    match Occasion(notice.occasion):
        case Occasion.CHECK_IN_OPENED:
            return _persons(notice.person_id)
        case Occasion.SIGN_IN_RECOVERED | Occasion.WAYS_IN_CHANGED:
            # Wherever it is safe: who misused one of their addresses must not be the only one who reads it.
            older = people.older_safe_contacts(db, notice.about_id)
            return [Recipient(person_id=notice.about_id), *(Recipient(contact_id=one) for one in older)]
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
        case Occasion.CONSULTATION_BOOKED | Occasion.SESSION_BOOKED:
            return _of_booking(db, notice)
        case Occasion.SESSION_CANCELLED:
            return _of_cancellation(db, notice)
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


def _of_booking(db: Session, notice: Notice) -> list[Recipient] | None:
    """Those it concerns who don't know of it yet; practitioners only if they were told that it was off."""
    found, told = appointment(db, notice.about_id), _of_appointment(db, notice, practitioners=True)
    if found is None or told is None:
        return None
    last = last_words(db, notice.about_id, and_waiting=BOOKINGS)

    def is_for(one: Recipient) -> bool:
        word = last.get(one.id)
        if one.person_id in found.practitioner_ids and one.person_id not in found.partner_ids:
            return word is not None and word.occasion == Occasion.SESSION_CANCELLED
        if word is None:
            return True
        return is_news_of_booking(
            Occasion(word.occasion), told_at=word.occasion_at, starts_at=notice.occasion_at
        )

    return [one for one in told if is_for(one)]


def _of_cancellation(db: Session, notice: Notice) -> list[Recipient]:
    """Those who believe that it takes place, because they were told so."""
    found = appointment(db, notice.about_id)
    if found is None:
        return []
    partners = () if notice.audience == "practitioner" else found.partner_ids
    told = _persons(*partners, *found.practitioner_ids)
    point = people.enquiry_contact(db, found.enquiry_id) if found.enquiry_id is not None else None
    if point is not None:  # else nothing can have reached them
        told.append(Recipient(contact_id=point.id))
    last = last_words(db, notice.about_id, and_waiting={Occasion.SESSION_CANCELLED})
    return [
        one for one in told if one.id in last and is_news_of_cancellation(Occasion(last[one.id].occasion))
    ]


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
