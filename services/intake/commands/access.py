"""Access outside the care team in an emergency, its review, and conflicts of interest that rule it out."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.intake.commands.care import lock_couple, name_care_team
from services.intake.domain import BREAK_GLASS_SPAN, is_within_break_glass
from services.intake.models import BreakGlass, ConflictMark, Couple
from services.intake.problems import (
    AlreadyReviewed,
    AlreadyTreating,
    BreakGlassUsedUp,
    NotPossibleForYou,
    ReviewByOpener,
)
from services.intake.queries.access import conflicts_among, standing_mark, unreviewed_glasses
from shared.db.tenancy import practice_of
from shared.errors import NotFound
from shared.events.intake import (
    BreakGlassEnded,
    BreakGlassOpened,
    BreakGlassOutcome,
    BreakGlassReviewed,
    ConflictMarked,
    ConflictMarkLifted,
)
from shared.ids import new_id
from shared.path import outbox

log = structlog.get_logger()


def open_break_glass(
    db: Session,
    *,
    couple_id: UUID,
    person_id: UUID | None,
    reason: str,
    lasts: timedelta,
    by: UUID,
    now: datetime,
) -> BreakGlass:
    """Let a clinician outside the care team read the couple's clinical data, or one partner's, until it runs out.

    The reason is sealed; the clinician owns it. Raises NotFound, NotPossibleForYou (a partner of the couple,
    somebody with a conflict, or whose access was not justified before: the same answer), AlreadyTreating,
    BreakGlassUsedUp. The couple's row is locked, so accesses that are asked for at once are counted together.
    """
    couple = lock_couple(db, couple_id)
    people = {partner.id for partner in couple.partners}
    earlier = select(BreakGlass.id).filter_by(couple_id=couple_id, practitioner_id=by)
    was_unjustified = earlier.where(BreakGlass.outcome == BreakGlassOutcome.NOT_JUSTIFIED).exists()
    if by in people or conflicts_among(db, couple_id, [by]) or db.scalar(select(was_unjustified)):
        raise NotPossibleForYou
    if by in couple.practitioner_ids:
        raise AlreadyTreating
    if person_id is not None and person_id not in people:
        raise NotFound
    unreviewed = unreviewed_glasses(db, couple_id, by, since=now - BREAK_GLASS_SPAN)
    if not is_within_break_glass(unreviewed, lasts=lasts, now=now):
        raise BreakGlassUsedUp
    opened = BreakGlass(
        id=new_id(),
        practice_id=practice_of(db),
        couple_id=couple_id,
        person_id=person_id,
        practitioner_id=by,
        opened_at=now,
        expires_at=now + lasts,
    )
    opened.seal(db, "reason", reason)
    db.add(opened)
    fact = BreakGlassOpened(
        break_glass_id=opened.id,
        couple_id=couple_id,
        person_id=person_id,
        practitioner_id=by,
        expires_at=opened.expires_at,
    )
    outbox.record(db, fact)
    log.warning("glass broken", couple_id=str(couple_id))
    return opened


def review_break_glass(
    db: Session, break_glass_id: UUID, *, outcome: BreakGlassOutcome, by: UUID, now: datetime
) -> None:
    """Say whether an access was justified, once; one that was not ends here, and whatever else they have open.

    Raises NotFound, ReviewByOpener, AlreadyReviewed.
    """
    couple_id = db.scalar(select(BreakGlass.couple_id).where(BreakGlass.id == break_glass_id))
    if couple_id is None:
        raise NotFound
    lock_couple(db, couple_id)  # whose events must leave in the order in which they are committed
    row = db.scalars(
        select(BreakGlass)
        .where(BreakGlass.id == break_glass_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if row.practitioner_id == by:
        raise ReviewByOpener
    if row.outcome is not None:
        raise AlreadyReviewed
    row.outcome, row.reviewed_by, row.reviewed_at = outcome, by, now
    outbox.record(
        db, BreakGlassReviewed(break_glass_id=row.id, couple_id=couple_id, outcome=outcome, by=by, at=now)
    )
    if outcome is BreakGlassOutcome.NOT_JUSTIFIED:
        _end_all(db, couple_id, row.practitioner_id, now=now)


def mark_conflict(db: Session, *, couple_id: UUID, practitioner_id: UUID, by: UUID, now: datetime) -> UUID:
    """This practitioner has a conflict with the couple: off the care team, and no access to be had.

    Marking again changes nothing. Returns the mark's id. Raises NotFound.
    """
    couple = lock_couple(db, couple_id)
    mark = {"couple_id": couple_id, "practitioner_id": practitioner_id}
    mark_id: UUID | None = db.scalar(
        insert(ConflictMark)
        .values(id=new_id(), **mark, marked_by=by, marked_at=now)
        .on_conflict_do_nothing(
            index_elements=["practice_id", "couple_id", "practitioner_id"],
            index_where=ConflictMark.lifted_at.is_(None),
        )
        .returning(ConflictMark.id)
    )
    if mark_id is None:
        return db.scalars(standing_mark(couple_id, practitioner_id)).one().id
    _take_off_care_team(db, couple, practitioner_id)
    _end_all(db, couple_id, practitioner_id, now=now)
    outbox.record(db, ConflictMarked(**mark, at=now))
    log.info("conflict marked", couple_id=str(couple_id))
    return mark_id


def lift_conflict_mark(
    db: Session, *, couple_id: UUID, practitioner_id: UUID, by: UUID, now: datetime
) -> UUID:
    """The conflict is no more. Nobody is put back on a care team by it. Returns the mark's id. Raises NotFound."""
    lock_couple(db, couple_id)
    found = standing_mark(couple_id, practitioner_id).execution_options(populate_existing=True)
    mark = db.scalars(found).one_or_none()
    if mark is None:
        raise NotFound
    mark.lifted_by, mark.lifted_at = by, now
    outbox.record(db, ConflictMarkLifted(couple_id=couple_id, practitioner_id=practitioner_id, at=now))
    log.info("conflict mark lifted", couple_id=str(couple_id))
    return mark.id


def _take_off_care_team(db: Session, couple: Couple, practitioner_id: UUID) -> None:
    if practitioner_id in couple.practitioner_ids:
        name_care_team(db, couple, [one for one in couple.practitioner_ids if one != practitioner_id])


def _end_all(db: Session, couple_id: UUID, practitioner_id: UUID, *, now: datetime) -> None:
    theirs = select(BreakGlass).filter_by(couple_id=couple_id, practitioner_id=practitioner_id)
    opened = theirs.where(BreakGlass.expires_at > now).order_by(BreakGlass.id).with_for_update()
    for row in db.scalars(opened):
        row.expires_at = now
        outbox.record(db, BreakGlassEnded(break_glass_id=row.id, couple_id=couple_id, at=now))
