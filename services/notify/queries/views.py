"""What people read: their inbox, their alerts, and for the office whether messages went out."""

from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from services.notify.domain.occasions import Occasion, about
from services.notify.models import Alert, ContactPoint, Couple, Delivery, Notice, Preference, Sender
from services.notify.queries import people
from services.notify.queries.sight import as_post_room
from services.notify.templates import texts
from shared.errors import NotFound
from shared.web.actor import CLINICIANS, Actor

T = TypeVar("T")


def stored_contact(db: Session, contact_id: UUID) -> ContactPoint:
    """A contact point for whoever had it kept: of it they are shown the id."""
    with as_post_room(db):
        return _contact(db, contact_id)


def handed_in(db: Session, delivery_id: UUID) -> Delivery:
    """An invitation for whoever handed it in: of it they are shown the id."""
    with as_post_room(db):
        return delivery(db, delivery_id)


def _contact(db: Session, contact_id: UUID) -> ContactPoint:
    return _found(db.get(ContactPoint, contact_id))


def contacts_of(db: Session, person_id: UUID) -> list[dict[str, Any]]:
    """A person's own contact points, the newest first, with their addresses in clear: for their owner alone."""
    mine = select(ContactPoint).where(ContactPoint.person_id == person_id)
    found = db.scalars(mine.order_by(ContactPoint.claimed_at.desc(), ContactPoint.id))
    return [own_contact(db, one.id) for one in found]


def own_contact(db: Session, contact_id: UUID) -> dict[str, Any]:
    """One contact point as its owner sees it."""
    one = _contact(db, contact_id)
    return {
        "contact_id": one.id,
        "channel": one.channel,
        "address": one.shown(db, "address"),
        "is_safe": one.is_safe,
    }


def owns_contact(db: Session, person_id: UUID, contact_id: UUID) -> bool:
    """Whether the contact point is this person's."""
    mine = select(ContactPoint.id).where(ContactPoint.id == contact_id, ContactPoint.person_id == person_id)
    return db.scalars(mine).first() is not None


def delivery(db: Session, delivery_id: UUID) -> Delivery:
    return _found(db.get(Delivery, delivery_id))


def alert(db: Session, alert_id: UUID) -> Alert:
    return _found(db.get(Alert, alert_id))


def whom_of_alert(db: Session, alert_id: UUID) -> UUID | None:
    """The person an alert is about, or their couple; None when there is no such alert."""
    return db.scalar(select(func.coalesce(Alert.person_id, Alert.couple_id)).where(Alert.id == alert_id))


def preferences(db: Session, person_id: UUID) -> Preference:
    return people.preferences(db, person_id)


def sender(db: Session) -> Sender | None:
    return db.scalars(select(Sender)).first()


def inbox_of(person_id: UUID) -> Select[Any]:
    """A person's own messages."""
    return select(Delivery).where(Delivery.person_id == person_id, Delivery.channel == "inbox")


def inbox_messages(db: Session, person_id: UUID, theirs: Iterable[Delivery]) -> list[dict[str, Any]]:
    """Messages in their reader's language. Their texts are made when read: none is stored."""
    words = texts(people.language_of(db, person_id)).inbox
    return [
        {
            "message_id": one.id,
            "text": words[one.occasion],
            "about": about(Occasion(one.occasion)),
            "occasion_at": one.occasion_at,
            "received_at": one.created_at,
            "is_read": one.is_read,
        }
        for one in theirs
    ]


def deliveries(state: str | None) -> Select[Any]:
    """Messages sent out by mail. The inbox is its owner's and stands in no list."""
    statement = select(Delivery).where(Delivery.channel == "email")
    return statement.where(Delivery.state == state) if state else statement


def alerts_of(actor: Actor) -> Select[Any]:
    """Alerts of the couples this clinician treats, and those that climbed to this person; none where a conflict is."""
    return select(Alert).where(_is_theirs(actor))


def is_alert_of(db: Session, actor: Actor, alert_id: UUID) -> bool:
    """Whether an alert is this person's to see and to acknowledge."""
    return db.scalars(select(Alert.id).where(Alert.id == alert_id, _is_theirs(actor))).first() is not None


def _is_theirs(actor: Actor) -> ColumnElement[bool]:
    was_told = (
        select(Delivery.id)
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(Notice.about_id == Alert.id, Delivery.person_id == actor.person_id)
        .exists()
    )
    in_conflict = (
        select(Couple.couple_id)
        .where(Couple.couple_id == Alert.couple_id, Couple.conflict_ids.contains([actor.person_id]))
        .exists()
    )
    if not actor.roles & CLINICIANS:
        return and_(was_told, ~in_conflict)
    treats = (
        select(Couple.couple_id)
        .where(Couple.couple_id == Alert.couple_id, Couple.practitioner_ids.contains([actor.person_id]))
        .exists()
    )
    return and_(or_(was_told, treats), ~in_conflict)


def _found(row: T | None) -> T:
    if row is None:
        raise NotFound
    return row
