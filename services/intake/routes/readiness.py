"""Preparation done and readiness decided, by those who treat the couple. Partners see neither."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.intake.commands import care as commands
from services.intake.queries import care as queries
from services.intake.routes import bp
from services.intake.schemas import (
    DecideReadiness,
    PreparationView,
    ReadinessOfCoupleView,
    ReadinessView,
)
from shared.audit.looks import concerning
from shared.web.context import current_actor, now, respond, transaction
from shared.web.idempotency import once
from shared.web.schemas import Nothing


@bp.post("/couples/<uuid:couple_id>/partners/<uuid:person_id>/preparation-completed")
@bp.arguments(Nothing)
@bp.response(201, PreparationView)
def complete_preparation(_: dict[str, Any], couple_id: UUID, person_id: UUID) -> Any:
    """Record that this partner's preparation is done."""
    by = current_actor().person_id

    def complete(db: Session) -> UUID:
        done = commands.complete_preparation(db, couple_id=couple_id, person_id=person_id, by=by, now=now(db))
        return done.id

    return once(complete, show=queries.preparation)


@bp.post("/couples/<uuid:couple_id>/partners/<uuid:person_id>/readiness")
@bp.arguments(DecideReadiness)
@bp.response(201, ReadinessView)
def decide_readiness(body: dict[str, Any], couple_id: UUID, person_id: UUID) -> Any:
    """Decide on one partner's readiness; the reason stays here."""
    by = current_actor().person_id

    def decide(db: Session) -> UUID:
        decided = commands.decide_readiness(
            db, couple_id=couple_id, person_id=person_id, **body, by=by, now=now(db)
        )
        return decided.id

    return once(decide, show=queries.readiness_decision)


@bp.get("/couples/<uuid:couple_id>/readiness")
@bp.response(200, ReadinessOfCoupleView)
def list_readiness(couple_id: UUID) -> Any:
    """The decision that holds for each partner, with its reason, for those who treat the couple."""
    with transaction() as db:
        shown = queries.readiness(db, couple_id)
        for one in shown["items"]:
            concerning(db, record_id=one["id"], about_id=one["person_id"])
        return respond(shown)
