"""Journeys."""

from typing import Any
from uuid import UUID

from services.integration.queries import journeys
from services.integration.routes import bp
from services.integration.schemas import JourneysView, PartnerJourneysView
from shared.audit.looks import concerning
from shared.web.context import current_actor, transaction


@bp.get("/me/journeys")
@bp.response(200, JourneysView)
def list_own_journeys() -> Any:
    """The partner's own integration journeys."""
    with transaction() as db:
        return {"items": journeys.own_journeys(db, current_actor().person_id)}


@bp.get("/couples/<uuid:couple_id>/journeys")
@bp.response(200, PartnerJourneysView)
def list_couple_journeys(couple_id: UUID) -> Any:
    """The journeys of a couple's partners, for those who treat them."""
    with transaction() as db:
        found = journeys.couple_journeys(db, couple_id)
        for one in found:
            concerning(db, record_id=one["journey_id"], about_id=one["person_id"])
        return {"items": found}
