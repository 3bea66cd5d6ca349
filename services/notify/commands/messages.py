"""Messages others hand over whole: an invitation's link is sealed, mailed at once, and erased when it is out."""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.orm import Session

from services.notify.commands.notices import note
from services.notify.domain.occasions import Occasion
from services.notify.models import ContactPoint, Delivery
from services.notify.problems import AddressRefused, LinkElsewhere
from services.notify.queries.sight import as_post_room
from shared.errors import NotFound
from shared.ids import shown_id
from shared.path.timers import schedule


def send_message(db: Session, *, contact_id: UUID, link: str, public_url: str, now: datetime) -> UUID:
    """Mail an invitation's link to a contact point, which may be one that nobody has used yet; the delivery's id.

    Raises LinkElsewhere, NotFound, WordsErased, and AddressRefused where its owner said no.
    """
    if not _is_ours(link, public_url):
        raise LinkElsewhere
    with as_post_room(db):
        delivery_id = _hand_in(db, contact_id, link, now)
    schedule(db, "mail", delivery_id, now)
    return delivery_id


def _hand_in(db: Session, contact_id: UUID, link: str, now: datetime) -> UUID:
    point = db.get(ContactPoint, contact_id)
    if point is None:
        raise NotFound
    if point.is_refused:
        raise AddressRefused
    delivery_id = shown_id()
    notice = note(db, Occasion.INVITATION, str(delivery_id), about_id=contact_id, now=now)
    notice.told_at = now
    delivery = Delivery(
        id=delivery_id,
        notice_id=notice.id,
        recipient_id=contact_id,
        contact_id=contact_id,
        occasion=Occasion.INVITATION,
        occurrence=str(delivery_id),
        channel="email",
        state="waiting",
        created_at=now,
        changed_at=now,
    )
    delivery.seal(db, "link", link)
    db.add(delivery)
    return delivery_id


def mark_read(message: Delivery) -> UUID:
    """Its owner read a message. Nobody else is told."""
    message.is_read = True
    return message.id


def _is_ours(link: str, public_url: str) -> bool:
    if any(not 33 <= ord(c) <= 126 for c in link):
        return False
    try:
        given, ours = urlsplit(link), urlsplit(public_url)
        return (given.scheme, given.netloc) == (ours.scheme, ours.netloc) and given.path.startswith(
            ours.path.rstrip("/") + "/"
        )
    except ValueError:
        return False
