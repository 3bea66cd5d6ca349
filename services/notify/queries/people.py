"""People as notify knows them: safe contact points, preferences, the practice's name and its admins."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notify.domain.quiet import quiet_until
from services.notify.models import ContactPoint, Couple, Member, Preference, Sender
from services.notify.templates import texts
from shared.db.practice import current_practice


def safe_contact(db: Session, person_id: UUID) -> ContactPoint | None:
    """The newest contact point that this person gave or confirmed themselves."""
    return db.scalars(
        select(ContactPoint)
        .where(ContactPoint.person_id == person_id, ContactPoint.is_safe)
        .order_by(ContactPoint.claimed_at.desc(), ContactPoint.id)
        .limit(1)
        .execution_options(populate_existing=True)
    ).first()


def older_safe_contacts(db: Session, person_id: UUID) -> list[UUID]:
    """A person's safe contact points, but for the newest."""
    newest_first = (
        select(ContactPoint.id)
        .where(ContactPoint.person_id == person_id, ContactPoint.is_safe)
        .order_by(ContactPoint.claimed_at.desc(), ContactPoint.id)
    )
    return list(db.scalars(newest_first.offset(1)))


def enquiry_contact(db: Session, enquiry_id: UUID) -> ContactPoint | None:
    """The contact point left with an enquiry."""
    return db.scalars(
        select(ContactPoint)
        .where(ContactPoint.enquiry_id == enquiry_id)
        .limit(1)
        .execution_options(populate_existing=True)
    ).first()


def couple(db: Session, couple_id: UUID, *, lock: bool = False) -> Couple | None:
    return db.get(Couple, couple_id, populate_existing=True, with_for_update=lock or None)


def couples(db: Session, couple_ids: Collection[UUID]) -> dict[UUID, Couple]:
    """Those that are known here, by their ids."""
    theirs = select(Couple).where(Couple.couple_id.in_(couple_ids))
    return {one.couple_id: one for one in db.scalars(theirs.execution_options(populate_existing=True))}


def in_conflict_with(db: Session, couple_id: UUID | None) -> set[UUID]:
    """Who has a conflict of interest with the couple: nothing is told of it to them."""
    found = couple(db, couple_id) if couple_id is not None else None
    return set(found.conflict_ids) if found is not None else set()


def admins(db: Session) -> list[UUID]:
    """The practice admins, in a stable order."""
    return list(
        db.scalars(
            select(Member.person_id)
            .where(Member.roles.contains(["practice_admin"]))
            .order_by(Member.person_id)
        )
    )


def preferences(db: Session, person_id: UUID) -> Preference:
    """A person's preferences; what holds until they set any has version 0 and is not stored."""
    found = db.get(Preference, person_id, populate_existing=True)
    if found is not None:
        return found
    zone = current_practice(db).zone
    return Preference(
        person_id=person_id, language="en", quiet_from=None, quiet_until=None, zone=zone, version=0
    )


def quiet_end(db: Session, person_id: UUID | None, at: datetime) -> datetime | None:
    """When the person's quiet hours that hold at this moment are over; None when none hold."""
    if person_id is None:
        return None
    held = preferences(db, person_id)
    return quiet_until(at, start=held.quiet_from, end=held.quiet_until, zone=held.zone)


def language_of(db: Session, person_id: UUID | None) -> str:
    """The language to write to a person; English to somebody without a login."""
    return preferences(db, person_id).language if person_id else "en"


def sender_name(db: Session, language: str) -> str:
    """The practice's discreet name; until it has given one, a word that names nobody."""
    name = db.scalars(select(Sender.display_name)).first()
    return name or texts(language).a_practice
