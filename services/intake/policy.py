"""Who may use which of intake's routes, and the relations that its own tables know."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.intake.models import Couple, Partner
from shared.audit.looks import Act
from shared.web.actor import CLINICIANS, DESK, PARTNER, PUBLIC, Actor
from shared.web.policy import ANY_DESK, ANY_STAFF, Policy, Rule, either, named, roles, the_actor


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


def other_partner(db: Session, actor: Actor, _: Mapping[str, Any]) -> UUID | None:
    """The other partner of the actor's couple, when there is one."""
    mine = select(Partner.couple_id).where(Partner.id == actor.person_id).scalar_subquery()
    return db.scalars(
        select(Partner.id).where(Partner.couple_id == mine, Partner.id != actor.person_id)
    ).first()


_TREATING = roles(*CLINICIANS, relation=treats_couple)
_TREATING_PARTNER = roles(*CLINICIANS, relation=treats_partner)
_OWN = roles(PARTNER, relation=is_partner_in_care)


def _own_intention(act: Act) -> Rule:
    return _OWN.audited("intention_part", act, about=the_actor, right="self")


def _of_partner(kind: str, act: Act) -> Rule:
    return _TREATING_PARTNER.audited(kind, act, about=named("person_id"))


POLICY: Policy = {
    "intake.receive_enquiry": roles(PUBLIC, *DESK),
    "intake.list_enquiries": roles(*DESK, "practitioner"),
    "intake.register_couple": ANY_STAFF,
    "intake.list_couples": ANY_STAFF,  # a clinician's list holds only couples they treat
    "intake.show_couple": either(ANY_DESK, _TREATING),
    "intake.change_care_team": ANY_DESK,
    "intake.show_own_couple": _OWN,
    "intake.show_own_intention": _own_intention(Act.READ),
    "intake.write_intention_part": _own_intention(Act.CHANGE),
    "intake.share_intention": _own_intention(Act.SHARE),
    "intake.unshare_intention": _own_intention(Act.UNSHARE),
    "intake.preview_intention": _own_intention(Act.READ),
    "intake.show_intention_from_partner": _OWN.audited(
        "shared_intention_part", about=other_partner, right="released"
    ),
    "intake.show_intention_of_partner": _of_partner("intention_part", Act.READ),
    "intake.complete_preparation": _of_partner("preparation", Act.CHANGE),
    "intake.decide_readiness": _of_partner("readiness_decision", Act.CHANGE),
    "intake.list_readiness": _TREATING.audited("readiness_decision", about=named("couple_id")),
}
