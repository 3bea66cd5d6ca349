"""Practices and their clocks."""

from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from services.gateway import domain
from services.gateway.models import PracticeDirectory, PracticeProfile
from services.gateway.problems import ClockTooFar, PracticeClockIsReal, SlugTaken
from shared.db.plumbing import practice
from shared.db.practice import move_clock
from shared.db.tenancy import practice_of, set_practice
from shared.events import Zone
from shared.events.gateway import PracticeClockMoved, PracticeCreated
from shared.ids import new_id
from shared.path import outbox


def create_practice(db: Session, *, name: str, slug: str, zone: str, is_demo: bool) -> UUID:
    """A new practice with an address of its own; its id. Raises SlugTaken.

    The transaction is the platform's (no practice); it is the new practice's while its rows are written.
    """
    before, practice_id = practice_of(db), new_id()
    set_practice(db, practice_id)
    taken = upsert(PracticeDirectory).values(slug=slug, practice_id=practice_id, is_demo=is_demo)
    if db.execute(taken.on_conflict_do_nothing().returning(PracticeDirectory.slug)).first() is None:
        raise SlugTaken
    db.execute(insert(practice).values(practice_id=practice_id, zone=zone, is_demo=is_demo))
    db.add(PracticeProfile(name=name, slug=slug))
    outbox.record(db, PracticeCreated(zone=Zone(zone), is_demo=is_demo))
    set_practice(db, before)
    return practice_id


def choose_colour(db: Session, *, colour: str | None) -> UUID:
    """The colour of the practice's public pages from now on; None: Attune's own. The profile's id."""
    profile = db.scalars(select(PracticeProfile).with_for_update()).one()
    profile.colour = colour
    db.flush()
    return profile.id


def forward_clock(db: Session, *, forward_s: int) -> UUID:
    """Move a demo practice's clock ahead. Raises PracticeClockIsReal, ClockTooFar. Returns the practice's id."""
    practice_id = practice_of(db)
    # Locked, so that two moves add up and their events stand in the order of their offsets.
    row = db.execute(select(practice).where(practice.c.practice_id == practice_id).with_for_update()).one()
    if not row.is_demo:
        raise PracticeClockIsReal
    offset_s = row.clock_offset_s + forward_s
    if offset_s > domain.FURTHEST_CLOCK_S:
        raise ClockTooFar
    move_clock(db, practice_id, offset_s)
    outbox.record(db, PracticeClockMoved(offset_s=offset_s))
    return practice_id
