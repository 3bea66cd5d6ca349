"""Whether a notice still holds: asked when it is due, and again at the moment of sending (D2)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.notify.domain import occasions
from services.notify.domain.occasions import FRESH_ENOUGH, OWNER, Occasion
from services.notify.models import Alert, Appointment, CheckIn, Notice, Sharing
from shared.clock import Clock, is_recent
from shared.path.freshness import known_until


def appointment(db: Session, session_id: UUID, *, lock: bool = False) -> Appointment | None:
    """An appointment as it is now: projections write past the ORM, so never from its memory."""
    return db.get(Appointment, session_id, populate_existing=True, with_for_update=lock or None)


def is_fresh(db: Session, owner: str, key: UUID) -> bool:
    """Whether all that the owner committed up to 30 s ago (real time) about this key is known here."""
    clock: Clock = db.info["clock"]
    return is_recent(known_until(db, owner, key=str(key)), now=clock(), within=FRESH_ENOUGH)


def is_decidable(db: Session, notice: Notice) -> bool:
    """Whether the facts that could contradict this notice are fresh enough to decide on."""
    owner = OWNER.get(Occasion(notice.occasion))
    if owner is None:
        return True
    # By what each owner's events are ordered: the session, the couple, the person whose doing or check-in it is.
    keys = {"sessions": notice.about_id, "intake": notice.couple_id, "integration": notice.person_id}
    key = keys[owner]
    return key is not None and is_fresh(db, owner, key)


def still_holds(db: Session, notice: Notice, *, now: datetime) -> bool:
    """Whether what the notice says is so, as far as it is known here. `now` is the practice's."""
    occasion = Occasion(notice.occasion)
    match occasion:
        case Occasion.CHECK_IN_OPENED:
            asked = db.get(CheckIn, notice.about_id, populate_existing=True)
            return asked is not None and not asked.is_answered
        case Occasion.ALERT:
            alert = db.get(Alert, notice.about_id, populate_existing=True)
            return alert is not None and alert.state == "open"
        case Occasion.INVITATION | Occasion.SIGN_IN_RECOVERED | Occasion.WAYS_IN_CHANGED:
            return True
        case Occasion.INTENTION_SHARED | Occasion.ENTRY_SHARED:
            return is_shared_still(db, notice)
        case _:
            found = appointment(db, notice.about_id)
            return found is not None and _holds_of(found, notice, occasion, now)


def is_shared_still(db: Session, notice: Notice) -> bool:
    """Whether what the notice is about has not been taken back."""
    if notice.about_id == notice.couple_id:
        return True  # an older event named no sharing, so nothing is known that could contradict it
    return db.scalar(select(exists().where(Sharing.sharing_id == notice.about_id))) or False


def _holds_of(found: Appointment, notice: Notice, occasion: Occasion, now: datetime) -> bool:
    if occasion in (Occasion.MEDICINE_CONFIRMED, Occasion.MEDICINE_NOT_GOING_AHEAD):
        # Only the newest transition is told; one that was overtaken is not.
        told = f"medicine_{occasions.public_state(found.state)}"
        return told == occasion and notice.occurrence == told_as(found)
    if occasion == Occasion.SESSION_CANCELLED:
        return found.state == occasions.CANCELLED and (found.starts_at is None or now < found.starts_at)
    is_on = found.state in (occasions.BOOKED, occasions.CONFIRMED)
    if not is_on or found.starts_at is None or found.starts_at != notice.occasion_at:
        return False  # off, held, moved, or over
    if found.released_at is not None and now < found.released_at:
        return False  # a reminder must not tell before the confirmation does
    if occasion in occasions.REMINDERS:
        return occasions.is_reminder_due(occasion, starts_at=found.starts_at, now=now)
    return now < found.starts_at


def told_as(found: Appointment) -> str:
    """Which of a medicine session's public changes, or of another's cancellations, the newest one told is."""
    return f"{found.session_id}/{found.told_count}"
