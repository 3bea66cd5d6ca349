"""Access outside the care team, its review, and conflicts of interest."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.intake.commands import access as commands
from services.intake.models import BreakGlass, ConflictMark
from services.intake.queries import access as queries
from services.intake.routes import bp
from services.intake.schemas import (
    BreakGlassesView,
    BreakGlassView,
    BreakGlassWithReasonView,
    ConflictMarksView,
    ConflictMarkView,
    OpenBreakGlass,
    PageQuery,
    ReviewBreakGlass,
)
from shared.audit.looks import concerning
from shared.web.context import current_actor, now, transaction
from shared.web.idempotency import once
from shared.web.paging import page
from shared.web.schemas import Nothing


@bp.post("/couples/<uuid:couple_id>/break-glass")
@bp.arguments(OpenBreakGlass)
@bp.response(201, BreakGlassView)
def open_break_glass(body: dict[str, Any], couple_id: UUID) -> Any:
    """Open the clinical data of a couple one doesn't treat, for a reason and a limited time; it will be reviewed."""
    by = current_actor().person_id
    lasts = timedelta(minutes=body["duration_min"])

    def open_it(db: Session) -> UUID:
        opened = commands.open_break_glass(
            db,
            couple_id=couple_id,
            person_id=body["person_id"],
            reason=body["reason"],
            lasts=lasts,
            by=by,
            now=now(db),
        )
        return opened.id

    return once(open_it, show=queries.break_glass)


@bp.get("/break-glass")
@bp.arguments(PageQuery, location="query")
@bp.response(200, BreakGlassesView)
def list_break_glass(query: dict[str, Any]) -> Any:
    """Accesses outside the care team, open and past, newest first: all for admins, their own for clinicians."""
    actor = current_actor()
    opened_by = None if "practice_admin" in actor.roles else actor.person_id
    with transaction() as db:
        by = (BreakGlass.opened_at, BreakGlass.id)
        found = page(db, queries.glasses(opened_by=opened_by), by=by, newest_first=True, **query)
        moment = now(db)
        for row in found["items"]:
            concerning(db, record_id=row.id, about_id=row.couple_id)
        return {**found, "items": [queries.with_reason(db, row, now=moment) for row in found["items"]]}


@bp.post("/break-glass/<uuid:break_glass_id>/review")
@bp.arguments(ReviewBreakGlass)
@bp.response(201, BreakGlassWithReasonView)
def review_break_glass(body: dict[str, Any], break_glass_id: UUID) -> Any:
    """Say whether somebody else's access was justified; one that was not ends at once."""
    by = current_actor().person_id

    def review(db: Session) -> UUID:
        commands.review_break_glass(db, break_glass_id, **body, by=by, now=now(db))
        return break_glass_id

    return once(
        review, show=lambda db, shown: queries.with_reason(db, queries.break_glass(db, shown), now=now(db))
    )


@bp.post("/couples/<uuid:couple_id>/conflict-marks/<uuid:practitioner_id>")
@bp.arguments(Nothing)
@bp.response(201, ConflictMarkView)
def mark_conflict(_: dict[str, Any], couple_id: UUID, practitioner_id: UUID) -> Any:
    """Mark that this practitioner has a conflict of interest with the couple; nobody is asked why."""
    by = current_actor().person_id

    def mark(db: Session) -> UUID:
        return commands.mark_conflict(
            db, couple_id=couple_id, practitioner_id=practitioner_id, by=by, now=now(db)
        )

    return once(mark, show=queries.conflict_mark)


@bp.post("/couples/<uuid:couple_id>/conflict-marks/<uuid:practitioner_id>/lift")
@bp.arguments(Nothing)
@bp.response(201, ConflictMarkView)
def lift_conflict_mark(_: dict[str, Any], couple_id: UUID, practitioner_id: UUID) -> Any:
    """Take back the mark that stands; the practitioner may be put on the care team again."""
    by = current_actor().person_id

    def lift(db: Session) -> UUID:
        return commands.lift_conflict_mark(
            db, couple_id=couple_id, practitioner_id=practitioner_id, by=by, now=now(db)
        )

    return once(lift, show=queries.conflict_mark)


@bp.get("/couples/<uuid:couple_id>/conflict-marks")
@bp.arguments(PageQuery, location="query")
@bp.response(200, ConflictMarksView)
def list_conflict_marks(query: dict[str, Any], couple_id: UUID) -> Any:
    """Which practitioners have, or had, a conflict of interest with the couple, newest first."""
    with transaction() as db:
        by = (ConflictMark.marked_at, ConflictMark.id)
        return page(db, queries.conflict_marks(couple_id), by=by, newest_first=True, **query)
