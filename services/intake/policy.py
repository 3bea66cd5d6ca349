"""Who may use which of intake's routes, and the relations that its own tables know."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.intake.models import Couple, Partner
from shared.web.actor import CLINICIANS, DESK, PARTNER, PUBLIC, Actor
from shared.web.policy import ANY_DESK, ANY_STAFF, Policy, either, roles


def treats_couple(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """Whether the actor is in the care team of the couple that the path names."""
    mine = select(Couple.id).where(
        Couple.id == path["couple_id"], Couple.practitioner_ids.contains([actor.person_id])
    )
    return db.scalar(mine) is not None


def treats_partner(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """Whether the actor treats the couple, and the person in the path is a partner of it."""
    of_couple = select(Partner.id).where(
        Partner.id == path["person_id"], Partner.couple_id == path["couple_id"]
    )
    return db.scalar(of_couple) is not None and treats_couple(db, actor, path)


def is_partner_in_care(db: Session, actor: Actor, _: Mapping[str, Any]) -> bool:
    """Whether the actor is a partner of a couple of this practice."""
    return db.scalar(select(Partner.id).where(Partner.id == actor.person_id)) is not None


_TREATING = roles(*CLINICIANS, relation=treats_couple)
_TREATING_PARTNER = roles(*CLINICIANS, relation=treats_partner)
_OWN = roles(PARTNER, relation=is_partner_in_care)

POLICY: Policy = {
    "intake.receive_enquiry": roles(PUBLIC, *DESK),
    "intake.list_enquiries": roles(*DESK, "practitioner"),
    "intake.register_couple": ANY_STAFF,
    "intake.list_couples": ANY_STAFF,  # a clinician's list holds only couples they treat
    "intake.show_couple": either(ANY_DESK, _TREATING),
    "intake.change_care_team": ANY_DESK,
    "intake.show_own_couple": _OWN,
    "intake.show_own_intention": _OWN,
    "intake.write_intention_part": _OWN,
    "intake.share_intention": _OWN,
    "intake.unshare_intention": _OWN,
    "intake.preview_intention": _OWN,
    "intake.show_intention_from_partner": _OWN,
    "intake.show_intention_of_partner": _TREATING_PARTNER,
    "intake.complete_preparation": _TREATING_PARTNER,
    "intake.decide_readiness": _TREATING_PARTNER,
    "intake.list_readiness": _TREATING,
}
