"""Notices: noted when something happens, decided when they are due, told to each recipient at most once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notify.commands.contacts import reachable_at
from services.notify.domain.occasions import SHARED_TOGETHER, SHARINGS, Occasion
from services.notify.models import Delivery, Notice
from services.notify.queries import people, truth
from services.notify.queries.lateness import observe_reminder
from services.notify.queries.recipients import Recipient, recipients
from services.notify.queries.told import in_the_inbox
from shared.ids import new_id, shown_id
from shared.path.timers import schedule

log = structlog.get_logger()
ASK_AGAIN = timedelta(seconds=2)  # real time: the practice's clock runs at the same pace
GIVE_UP_AFTER = timedelta(hours=24)


def note(
    db: Session, occasion: Occasion, occurrence: str, *, about_id: UUID, now: datetime, **facts: Any
) -> Notice:
    """The one notice of this occasion and occurrence, made now or before. It tells nobody yet.

    `facts`: couple_id, person_id, audience, occasion_at, as the occasion needs them.
    """
    values = {"about_id": about_id, "created_at": now, **facts}
    db.execute(
        insert(Notice)
        .values(id=new_id(), occasion=occasion, occurrence=occurrence, **values)
        .on_conflict_do_nothing(index_elements=["practice_id", "occasion", "occurrence"])
    )
    return db.scalars(
        select(Notice)
        .where(Notice.occasion == occasion, Notice.occurrence == occurrence)
        .execution_options(populate_existing=True)
    ).one()


def announce(
    db: Session,
    occasion: Occasion,
    occurrence: str,
    *,
    about_id: UUID,
    now: datetime,
    due_at: datetime | None = None,
    **facts: Any,
) -> None:
    """Have something told at `due_at` (practice time; at once without it), if it still holds then."""
    notice = note(db, occasion, occurrence, about_id=about_id, now=now, **facts)
    if notice.told_at is None:
        schedule(db, "notice", notice.id, due_at or now)


def decide_notice(db: Session, notice_id: UUID, *, now: datetime) -> None:
    """A notice is due: wait for fresh facts, drop it, or tell it."""
    notice = db.get(Notice, notice_id, populate_existing=True, with_for_update=True)
    if notice is None or notice.told_at is not None:
        return
    if not truth.is_decidable(db, notice):
        schedule(db, "notice", notice_id, now + ASK_AGAIN)
        return
    if not truth.still_holds(db, notice, now=now):
        return
    told = recipients(db, notice)
    if told is None:
        # Another topic's facts (who the couple is, whose enquiry) are still on their way.
        if now - notice.created_at < GIVE_UP_AFTER:
            schedule(db, "notice", notice_id, now + ASK_AGAIN)
        else:
            log.error("notice given up: nobody knows whom it is for", kind=notice.occasion)
        return
    if notice.occasion not in SHARINGS:
        tell(db, notice, told, now=now)
        return
    told, later = _shared_together(db, notice, told, now=now)
    tell(db, notice, told, now=now)
    if later is not None:
        notice.told_at = None
        schedule(db, "notice", notice_id, later)


def _shared_together(
    db: Session, notice: Notice, told: Sequence[Recipient], *, now: datetime
) -> tuple[list[Recipient], datetime | None]:
    """Whom to tell now that something was shared, and when to see to those who were told so just before.

    A message of the same kind that still waits to be read says it already. To whoever has read it, it is told
    when 15 minutes of the practice's time have passed since: so nobody is told twice in that time, and nothing
    shared goes untold.
    """
    if notice.couple_id is not None:
        people.couple(db, notice.couple_id, lock=True)  # one notice of a couple at a time
    ids = [one.person_id for one in told if one.person_id is not None]
    recent = in_the_inbox(db, notice.occasion, ids, since=now - SHARED_TOGETHER)
    read = [one for one in recent.values() if one.is_read and one.notice_id != notice.id]
    later = max((one.created_at + SHARED_TOGETHER for one in read), default=None)
    return [one for one in told if one.id not in recent], later


def tell(db: Session, notice: Notice, told: Sequence[Recipient], *, now: datetime) -> None:
    """Put a notice into each recipient's inbox now, and into the mail when their quiet hours are over, if it waits.

    All inboxes are filled in this one transaction, so nobody can tell whose quiet hours hold (C2). Repeating
    it is harmless: recipient, occasion, occurrence and channel are unique together.
    """
    notice.told_at = now
    db.flush()
    for one in told:
        if one.person_id is not None and _deliver(db, notice, one, channel="inbox", state="sent", now=now):
            observe_reminder(db, notice.occasion, notice.occasion_at, one.person_id, "inbox", now=now)
        if reachable_at(db, one.person_id, one.contact_id) is not None:
            state = "held" if notice.is_held else "waiting"
            delivery_id = _deliver(db, notice, one, channel="email", state=state, now=now)
            if delivery_id is not None and not notice.is_held:
                schedule(
                    db, "mail", delivery_id, postponed(db, notice.occasion, one.person_id, now=now) or now
                )


def postponed(db: Session, occasion: str, person_id: UUID | None, *, now: datetime) -> datetime | None:
    """When a mail of this occasion may go, if its reader's quiet hours hold it back now."""
    if not Occasion(occasion).waits_for_quiet_hours:
        return None
    return people.quiet_end(db, person_id, now)


def _deliver(
    db: Session, notice: Notice, one: Recipient, *, channel: str, state: str, now: datetime
) -> UUID | None:
    """The new delivery's id; None when this recipient has been served on this channel already."""
    return db.scalars(
        insert(Delivery)
        .values(
            id=shown_id(),
            notice_id=notice.id,
            recipient_id=one.id,
            person_id=one.person_id,
            contact_id=one.contact_id,
            occasion=notice.occasion,
            occurrence=notice.occurrence,
            occasion_at=notice.occasion_at,
            channel=channel,
            state=state,
            attempts=0,
            is_read=False,
            created_at=now,
            changed_at=now,
        )
        .on_conflict_do_nothing(
            index_elements=["practice_id", "recipient_id", "occasion", "occurrence", "channel"]
        )
        .returning(Delivery.id)
    ).first()
