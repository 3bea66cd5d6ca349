"""Safety concerns."""

from typing import Any
from uuid import UUID

from services.integration.models import SafetyConcern
from services.integration.queries import concerns
from services.integration.routes import bp
from services.integration.schemas import ConcernsView, ConcernWithKindsView, PageQuery
from shared.audit.looks import concerning
from shared.web.context import current_actor, transaction
from shared.web.paging import page


@bp.get("/safety-concerns")
@bp.arguments(PageQuery, location="query")
@bp.response(200, ConcernsView)
def list_safety_concerns(query: dict[str, Any]) -> Any:
    """Safety concerns of the couples the clinician treats, newest first, without kinds."""
    with transaction() as db:
        theirs = concerns.concerns_for(current_actor().person_id)
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
