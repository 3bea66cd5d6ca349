"""Couples, and who treats them."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.intake.commands import care as commands
from services.intake.models import Couple
from services.intake.queries import care as queries
from services.intake.routes import bp
from services.intake.schemas import (
    ChangeCareTeam,
    CouplesQuery,
    CouplesView,
    CoupleView,
    OwnCoupleView,
    RegisterCouple,
)
from shared.web.actor import DESK
from shared.web.concurrency import check_if_match
from shared.web.context import current_actor, now, respond, transaction
from shared.web.idempotency import once
from shared.web.paging import page


@bp.post("/couples")
@bp.arguments(RegisterCouple)
@bp.response(201, CoupleView)
def register_couple(body: dict[str, Any]) -> Any:
    """Register the one or two people of a couple; each gets an id of their own."""
    names = [partner["display_name"] for partner in body["partners"]]
    by = current_actor().person_id

    def register(db: Session) -> UUID:
        couple = commands.register_couple(
            db,
            display_names=names,
            enquiry_id=body["enquiry_id"],
            policy=body["confidentiality_policy"],
            by=by,
            now=now(db),
        )
        return couple.id

    return once(register, show=queries.couple)


@bp.get("/couples")
@bp.arguments(CouplesQuery, location="query")
@bp.response(200, CouplesView)
def list_couples(query: dict[str, Any]) -> Any:
    """Couples, newest first: all for the front desk, those they treat for clinicians; by a part of a name."""
    actor, name = current_actor(), query.pop("name")
    sees_all = bool(actor.roles & DESK)
    with transaction() as db:
        listed = queries.couples(treated_by=None if sees_all else actor.person_id, named=name)
        return page(db, listed, by=(Couple.registered_at, Couple.id), newest_first=True, **query)


@bp.get("/couples/<uuid:couple_id>")
@bp.response(200, CoupleView)
def show_couple(couple_id: UUID) -> Any:
    """One couple: its partners and who treats them."""
    with transaction() as db:
        return respond(queries.couple(db, couple_id))


@bp.put("/couples/<uuid:couple_id>/care-team")
@bp.arguments(ChangeCareTeam)
@bp.response(200, CoupleView)
def change_care_team(body: dict[str, Any], couple_id: UUID) -> Any:
    """Set who treats the couple: these practitioners and no others."""
    with transaction() as db:
        check_if_match(commands.lock_couple(db, couple_id).version)
        return respond(commands.change_care_team(db, couple_id=couple_id, **body))


@bp.get("/me/couple")
@bp.response(200, OwnCoupleView)
def show_own_couple() -> Any:
    """The signed-in partner's own couple, as a partner sees it."""
    with transaction() as db:
        return respond(queries.own_couple(db, current_actor().person_id))
