"""Messages others hand over whole: an invitation's link is sealed, mailed at once, and erased when it is out."""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.orm import Session

from services.notify.commands.notices import note
from services.notify.domain.occasions import Occasion
from services.notify.models import ContactPoint, Delivery
from services.notify.problems import LinkElsewhere
from shared.db.tenancy import practice_of
from shared.errors import NotFound
from shared.ids import shown_id
from shared.path.timers import schedule
from shared.vault import Place, Vault


def send_message(db: Session, *, contact_id: UUID, link: str, public_url: str, now: datetime) -> UUID:
    """Mail an invitation's link to a contact point. Returns the delivery's id. Raises LinkElsewhere, NotFound."""
    if not _is_ours(link, public_url):
        raise LinkElsewhere
    if db.get(ContactPoint, contact_id) is None:
        raise NotFound
    vault: Vault = db.info["vault"]
    delivery_id = shown_id()
    notice = note(db, Occasion.INVITATION, str(delivery_id), about_id=contact_id, now=now)
    notice.told_at = now
    db.add(
        Delivery(
            id=delivery_id,
            notice_id=notice.id,
            recipient_id=contact_id,
            contact_id=contact_id,
            occasion=Occasion.INVITATION,
            occurrence=str(delivery_id),
            channel="email",
            state="waiting",
            link=vault.seal(link, link_place(practice_of(db), contact_id, delivery_id)),
            created_at=now,
            changed_at=now,
        )
    )
    db.flush()
    schedule(db, "mail", delivery_id, now)
    return delivery_id


def mark_read(message: Delivery) -> UUID:
    """Its owner read a message. Nobody else is told."""
    message.is_read = True
    return message.id


def link_place(practice_id: UUID, contact_id: UUID, delivery_id: UUID) -> Place:
    """Where an invitation's link is sealed until it is mailed."""
    return Place(practice_id, contact_id, "delivery", delivery_id, "link")


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
