"""Safety concerns."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.integration.commands import confidentiality as commands
from services.integration.models import SafetyConcern
from services.integration.queries import concerns
from services.integration.routes import bp
from services.integration.schemas import ConcernsView, ConcernWithKindsView, PageQuery
from shared.audit.looks import concerning
from shared.web.context import current_actor, now, transaction
from shared.web.idempotency import once
from shared.web.paging import page
from shared.web.schemas import Nothing


@bp.get("/safety-concerns")
@bp.arguments(PageQuery, location="query")
@bp.response(200, ConcernsView)
def list_safety_concerns(query: dict[str, Any]) -> Any:
    """Safety concerns of the couples the clinician treats, newest first, without kinds."""
    with transaction() as db:
        theirs = concerns.concerns_for(current_actor().person_id, now=now(db))
        by = (SafetyConcern.raised_at, SafetyConcern.id)
        found = page(db, theirs, by=by, newest_first=True, **query)
        for one in found["items"]:
            concerning(db, record_id=one.id, about_id=one.person_id)
        return found


@bp.get("/safety-concerns/<uuid:concern_id>")
@bp.response(200, ConcernWithKindsView)
def show_safety_concern(concern_id: UUID) -> Any:
    """One safety concern with its kinds, for those who treat the couple."""
    with transaction() as db:
        return concerns.concern_with_kinds(db, concern_id)


@bp.post("/safety-concerns/<uuid:concern_id>/told-first")
@bp.arguments(Nothing)
@bp.response(201, ConcernWithKindsView)
def record_concern_told_first(_: dict[str, Any], concern_id: UUID) -> Any:
    """Record that the person was told that this may come up in joint work, before it does."""
    by = current_actor().person_id

    def record(db: Session) -> UUID:
        commands.record_concern_told_first(db, concern_id, by=by, now=now(db))
        return concern_id

    return once(record, show=concerns.concern_with_kinds)
