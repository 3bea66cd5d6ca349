"""What somebody has been told so far, as their deliveries say."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notify.domain.occasions import BOOKINGS, REMINDERS, TOLD_STATES, Occasion, told_change
from services.notify.models import Delivery, Notice

_TOLD = ("sending", "sent", "uncertain", "held")  # held: it may have gone out before a restore


def last_words(db: Session, session_id: UUID, *, and_waiting: Collection[Occasion]) -> dict[UUID, Delivery]:
    """What each recipient was last told of an appointment: booked, soon, or off.

    Mail that still waits has told nobody anything yet, unless it is of the kinds that are asked for
    (`and_waiting`). Locked, so that no mail goes out between the answer and what follows from it.
    """
    statement = (
        select(Delivery)
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(
            Notice.about_id == session_id,
            Delivery.occasion.in_([*BOOKINGS, *REMINDERS, Occasion.SESSION_CANCELLED]),
        )
        .order_by(Delivery.created_at, Notice.id)
        .with_for_update(of=Delivery)
        .execution_options(populate_existing=True)
    )
    return {
        one.recipient_id: one
        for one in db.scalars(statement)
        if one.state in _TOLD or (one.state == "waiting" and one.occasion in and_waiting)
    }


def told_so_far(db: Session, session_ids: Collection[UUID]) -> dict[UUID, tuple[str, int]]:
    """Which state each appointment was last told in, and after how many changes, as its notices say."""
    statement = (
        select(Notice.about_id, Notice.occasion, Notice.occurrence)
        .where(Notice.about_id.in_(session_ids), Notice.occasion.in_(TOLD_STATES))
        .order_by(Notice.about_id)
    )
    found: dict[UUID, tuple[int, bool, str]] = {}
    for row in db.execute(statement):
        change = told_change(Occasion(row.occasion), row.occurrence)
        found[row.about_id] = max(found.get(row.about_id, change), change)
    return {about_id: (state, count) for about_id, (count, _, state) in found.items()}


def in_the_inbox(
    db: Session, occasion: str, person_ids: Sequence[UUID], *, since: datetime
) -> dict[UUID, Delivery]:
    """Each person's newest message of one kind, if it is newer than `since`."""
    statement = (
        select(Delivery)
        .where(
            Delivery.person_id.in_(person_ids),
            Delivery.channel == "inbox",
            Delivery.occasion == occasion,
            Delivery.created_at > since,
        )
        .order_by(Delivery.created_at)
        .execution_options(populate_existing=True)
    )
    return {one.recipient_id: one for one in db.scalars(statement)}


def who_was_told(db: Session, about_id: UUID) -> set[UUID]:
    """Everybody with a login who has been told of this, on any channel."""
    told = (
        select(Delivery.person_id)
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(Notice.about_id == about_id, Delivery.person_id.is_not(None))
    )
    return {one for one in db.scalars(told) if one is not None}
