"""Journeys."""

from typing import Any
from uuid import UUID

from services.integration.queries import journeys
from services.integration.routes import bp
from services.integration.schemas import JourneysView, PartnerJourneysView
from shared.web.context import current_actor, transaction


@bp.get("/me/journeys")
@bp.response(200, JourneysView)
def own_journeys() -> Any:
    with transaction() as db:
        return {"items": journeys.own_journeys(db, current_actor().person_id)}


@bp.get("/couples/<uuid:couple_id>/journeys")
@bp.response(200, PartnerJourneysView)
def couple_journeys(couple_id: UUID) -> Any:
    with transaction() as db:
        return {"items": journeys.couple_journeys(db, couple_id)}
