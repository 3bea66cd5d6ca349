"""Whether one message is still wanted by the one it is for, at the moment of sending (D2)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notify.domain.occasions import SHARED_TOGETHER, SHARINGS
from services.notify.models import Delivery, Notice
from services.notify.queries import people, truth
from services.notify.queries.recipients import recipients


def is_wanted(db: Session, notice: Notice, delivery: Delivery, *, now: datetime) -> bool:
    """Whether it is still so, or true of something else told with it, and its reader may know of the couple at all."""
    if delivery.person_id in people.in_conflict_with(db, notice.couple_id):
        return False
    return truth.still_holds(db, notice, now=now) or _tells_of_another(db, notice, delivery)


def _tells_of_another(db: Session, notice: Notice, delivery: Delivery) -> bool:
    """Whether this message also tells its reader of something shared shortly after, which nobody took back.

    Of that there is no message of its own (`notices._shared_together`).
    """
    if notice.occasion not in SHARINGS:
        return False
    told_with_it = select(Notice).where(
        Notice.occasion == notice.occasion,
        Notice.id != notice.id,
        Notice.told_at >= delivery.created_at,
        Notice.told_at < delivery.created_at + SHARED_TOGETHER,
    )
    return any(
        delivery.recipient_id in [one.id for one in recipients(db, other) or []]
        for other in db.scalars(told_with_it)
        if truth.is_shared_still(db, other)
    )
