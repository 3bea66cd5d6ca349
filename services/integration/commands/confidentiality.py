"""A practitioner told the person first that a piece of theirs may come up in joint work.

Of one piece the first record stands. There is no event: the other partner never learns of it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.integration.models import JournalSnapshot, SafetyConcern, ToldFirst
from services.integration.queries.concerns import concern_kinds
from services.integration.queries.confidentiality import concern_may_be_raised, snapshots_may_be_raised
from shared.confidentiality import MayBeRaised, MayNotBeRaised
from shared.errors import NotFound


def record_entry_told_first(db: Session, snapshot: JournalSnapshot, *, by: UUID, now: datetime) -> None:
    """Of what a partner shared of their journal. Raises MayNotBeRaised."""
    _record(db, snapshot, snapshots_may_be_raised(db, [snapshot])[snapshot.id], by=by, now=now)


def record_concern_told_first(db: Session, concern_id: UUID, *, by: UUID, now: datetime) -> None:
    """Of a safety concern. Raises NotFound, MayNotBeRaised."""
    concern = db.scalars(select(SafetyConcern).where(SafetyConcern.id == concern_id)).one_or_none()
    if concern is None:
        raise NotFound
    answer = concern_may_be_raised(db, concern, concern_kinds(db, concern))
    _record(db, concern, answer, by=by, now=now)


def _record(
    db: Session,
    piece: JournalSnapshot | SafetyConcern,
    answer: MayBeRaised,
    *,
    by: UUID,
    now: datetime,
) -> None:
    if answer is MayBeRaised.NO:
        raise MayNotBeRaised
    told = insert(ToldFirst).values(
        piece_id=piece.id,
        couple_id=piece.couple_id,
        person_id=piece.person_id,
        told_by=by,
        told_at=now,
    )
    db.execute(told.on_conflict_do_nothing())
