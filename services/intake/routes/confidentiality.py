"""What a couple agreed on for words told to the practitioner alone, and those words as practitioners read them."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.intake.commands import confidentiality as commands
from services.intake.commands.care import lock_couple
from services.intake.queries import confidentiality as queries
from services.intake.routes import bp
from services.intake.routes.intentions import PART
from services.intake.schemas import (
    ChangeConfidentialityPolicy,
    ConfidentialityPolicyView,
    IntentionAsToldView,
    PartAsToldView,
    ToldByCoupleView,
)
from shared.audit.looks import concerning
from shared.web.concurrency import check_if_match
from shared.web.context import current_actor, now, respond, transaction
from shared.web.idempotency import once
from shared.web.schemas import Nothing


@bp.get("/couples/<uuid:couple_id>/confidentiality-policy")
@bp.response(200, ConfidentialityPolicyView)
def show_confidentiality_policy(couple_id: UUID) -> Any:
    """Which policy holds for what the couple's partners tell now, and since when."""
    with transaction() as db:
        return respond(asdict(queries.policy_in_force(db, couple_id)))


@bp.put("/couples/<uuid:couple_id>/confidentiality-policy")
@bp.arguments(ChangeConfidentialityPolicy)
@bp.response(200, ConfidentialityPolicyView)
def change_confidentiality_policy(body: dict[str, Any], couple_id: UUID) -> Any:
    """Change the policy for what is told from now on; what was told before stays as it was told."""
    by = current_actor().person_id
    with transaction() as db:
        couple = lock_couple(db, couple_id)
        check_if_match(queries.policy_in_force(db, couple_id).version)
        commands.change_confidentiality_policy(db, couple, **body, by=by, now=now(db))
        return respond(asdict(queries.policy_in_force(db, couple_id)))


@bp.get("/couples/<uuid:couple_id>/told")
@bp.response(200, ToldByCoupleView)
def list_told(couple_id: UUID) -> Any:
    """That the partners told practitioners something and what of it the other reads too, without a word of it."""
    with transaction() as db:
        found = queries.told_by_couple(db, couple_id)
        for person_id in dict.fromkeys(one["person_id"] for one in found):
            concerning(db, about_id=person_id)
        return {"items": found}


@bp.get("/couples/<uuid:couple_id>/partners/<uuid:person_id>/intention")
@bp.response(200, IntentionAsToldView)
def show_intention_of_partner(couple_id: UUID, person_id: UUID) -> Any:  # noqa: ARG001  (the policy reads it)
    """One partner's intention, and what of it may be raised in joint work, for those who treat the couple."""
    with transaction() as db:
        return respond(queries.intention_as_told(db, person_id))


@bp.post(f"/couples/<uuid:couple_id>/partners/<uuid:person_id>/intention/{PART}/told-first")
@bp.arguments(Nothing)
@bp.response(201, PartAsToldView)
def record_told_first(_: dict[str, Any], couple_id: UUID, person_id: UUID, part: str) -> Any:  # noqa: ARG001
    """Record that the person was told that these words of theirs may come up, before they do."""
    by = current_actor().person_id

    def record(db: Session) -> UUID:
        row = commands.lock_told_part(db, person_id, part)
        check_if_match(
            row.version, is_needed=False
        )  # with it, words they changed since are not taken as told
        commands.record_told_first(db, row, by=by, now=now(db))
        return row.id

    return once(record, show=queries.part_as_told)
