"""What every service knows of a practice: its zone and its clock. Rules and timers use the practice's now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.clock import Clock
from shared.db.plumbing import practice
from shared.db.tenancy import practice_of
from shared.errors import PracticeNotKnownYet
from shared.events.base import Received
from shared.events.gateway import PracticeClockMoved, PracticeCreated


@dataclass(frozen=True)
class Practice:
    practice_id: UUID
    zone: str
    is_demo: bool
    clock_offset_s: int


def current_practice(db: Session) -> Practice:
    """The practice of this transaction. Raises PracticeNotKnownYet until its events have arrived here."""
    practice_id = practice_of(db)
    row = db.execute(select(practice).where(practice.c.practice_id == practice_id)).one_or_none()
    if row is None:
        raise PracticeNotKnownYet
    return Practice(row.practice_id, row.zone, row.is_demo, row.clock_offset_s)


def is_measured(db: Session) -> bool:
    """Whether times of this practice say something: those of one whose clock can be moved don't."""
    return not current_practice(db).is_demo


def practice_now(db: Session) -> datetime:
    """The practice's own now, in UTC: real time, or a demo practice's moved clock."""
    clock: Clock = db.info["clock"]
    return clock() + timedelta(seconds=current_practice(db).clock_offset_s)


def steady_offset_s(db: Session) -> int:
    """The clock's offset, which then stays as it is until this transaction ends.

    A timer set while the clock moves would else keep the old offset, unseen by the move. Real practices'
    clocks never move, so nothing is locked for them.
    """
    here = current_practice(db)
    if not here.is_demo:
        return here.clock_offset_s
    db.execute(
        text("SELECT pg_advisory_xact_lock_shared(hashtext(:name))"), {"name": _clock_lock(here.practice_id)}
    )
    return current_practice(db).clock_offset_s


def _clock_lock(practice_id: UUID) -> str:
    return f"attune-clock-{practice_id}"


def project_practice_created(db: Session, events: Sequence[Received[PracticeCreated]]) -> None:
    """Keep zone and kind of each new practice. Repeating it sets the same; a clock that was moved stays moved."""
    rows = {
        one.practice_id: {
            "practice_id": one.practice_id,
            "zone": str(one.event.zone),
            "is_demo": one.event.is_demo,
        }
        for one in events
    }
    statement = insert(practice).values(list(rows.values()))
    said = {"zone": statement.excluded.zone, "is_demo": statement.excluded.is_demo}
    db.execute(statement.on_conflict_do_update(index_elements=["practice_id"], set_=said))


def project_practice_clock_moved(db: Session, events: Sequence[Received[PracticeClockMoved]]) -> None:
    """Move each practice's clock and, with it, the moment at which its timers fire."""
    latest = {one.practice_id: one.event.offset_s for one in events}
    for practice_id, offset_s in latest.items():
        move_clock(db, practice_id, offset_s)


def move_clock(db: Session, practice_id: UUID, offset_s: int) -> None:
    """Set a practice's offset in seconds; timers stay due in practice time, so they fire earlier in real time."""
    db.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": _clock_lock(practice_id)})
    db.execute(update(practice).where(practice.c.practice_id == practice_id).values(clock_offset_s=offset_s))
    db.execute(
        text(
            "UPDATE timer SET fire_at = due_at - make_interval(secs => :offset) WHERE practice_id = :practice"
        ),
        {"offset": offset_s, "practice": practice_id},
    )
