"""Contact points: stored sealed, claimed by events, erased when nobody claims them."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, delete, literal, select, update
from sqlalchemy.orm import Session

from services.notify.models import ContactPoint
from services.notify.queries.people import safe_contact
from services.notify.queries.sight import as_post_room
from shared.audit.by_workers import changed
from shared.ids import shown_id
from shared.path.timers import schedule
from shared.vault.erasing import destroy_key

UNCLAIMED_FOR = timedelta(hours=24)


def store_contact(db: Session, *, address: str, channel: str, now: datetime) -> UUID:
    """Seal an address and keep it for a day, until an event says whose it is. Returns the contact's id."""
    point = ContactPoint(id=shown_id(), channel=channel, created_at=now)
    point.seal(db, "address", address)
    with as_post_room(db):
        db.add(point)
    schedule(db, "erase_contact", point.id, now + UNCLAIMED_FOR)
    return point.id


def claim_contact(
    db: Session,
    contact_id: UUID,
    *,
    is_safe: bool,
    at: datetime,
    person_id: UUID | None = None,
    enquiry_id: UUID | None = None,
) -> None:
    """Say whose a contact is: a person's or an enquiry's. The first claim stands.

    `at` is when the owner of the fact recorded it, in real time, so that claims have an order even when they
    arrive together.
    """
    db.execute(
        update(ContactPoint)
        .where(ContactPoint.id == contact_id, ContactPoint.claimed_at.is_(None))
        .values(
            person_id=person_id,
            enquiry_id=enquiry_id,
            claimed_at=at,
            # The owner's own no stands, however often an event is told again.
            is_safe=and_(literal(is_safe), ~ContactPoint.is_refused),
        )
    )


def trust_contact(db: Session, person_id: UUID, contact_id: UUID | None, *, at: datetime) -> None:
    """The person used what was sent to this contact point of theirs, so they may be told there.

    Where it isn't said which, it is the last that was theirs at the time.
    """
    last = (
        select(ContactPoint.id)
        .where(ContactPoint.person_id == person_id, ContactPoint.claimed_at <= at)
        .order_by(ContactPoint.claimed_at.desc(), ContactPoint.id)
        .limit(1)
        .scalar_subquery()
    )
    db.execute(
        update(ContactPoint)
        .where(ContactPoint.person_id == person_id, ContactPoint.id == (contact_id or last))
        .values(is_safe=~ContactPoint.is_refused)
    )


def mark_contact(db: Session, contact_id: UUID, *, is_safe: bool) -> UUID:
    """Its owner says whether they may be told there. What is under way is decided again before it is sent."""
    said = update(ContactPoint).where(ContactPoint.id == contact_id)
    db.execute(said.values(is_safe=is_safe, is_refused=not is_safe))
    return contact_id


def erase_unclaimed(db: Session, contact_id: UUID) -> None:
    """Erase an address that nobody claimed in its day, in backups too: its key goes with it."""
    gone = db.execute(
        delete(ContactPoint)
        .where(ContactPoint.id == contact_id, ContactPoint.claimed_at.is_(None))
        .returning(ContactPoint.id)
    ).first()
    if gone is not None:
        destroy_key(db, contact_id, "contact")
        changed(db, "contact_point", record_id=contact_id, about_id=None)


def reachable_at(db: Session, person_id: UUID | None, contact_id: UUID | None) -> ContactPoint | None:
    """Where a recipient can be mailed now: a person's own safe point, or the point itself unless its owner said no."""
    if person_id is not None:
        return safe_contact(db, person_id)
    point = db.get(ContactPoint, contact_id, populate_existing=True) if contact_id else None
    return None if point is None or point.is_refused else point
