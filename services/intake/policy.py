"""Who may use which of intake's routes, and the relations that its own tables know."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.intake.models import Couple, Partner
from services.intake.queries.access import has_broken_glass
from shared.audit.looks import Act
from shared.db.practice import practice_now
from shared.web.actor import CLINICIANS, DESK, PARTNER, PUBLIC, Actor
from shared.web.policy import (
    ANY_CLINICIAN,
    ANY_DESK,
    ANY_STAFF,
    Policy,
    Rule,
    either,
    named,
    roles,
    the_actor,
)


def treats_couple(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """Whether the actor is in the care team of the couple that the path names."""
    mine = select(Couple.id).where(
        Couple.id == path["couple_id"], Couple.practitioner_ids.contains([actor.person_id])
    )
    return db.scalar(mine) is not None


def treats_partner(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """Whether the actor treats the couple, and the person in the path is a partner of it: one statement."""
    mine = select(Partner.id).where(
        Partner.id == path["person_id"],
        Partner.couple_id == path["couple_id"],
        Partner.couple_id == Couple.id,
        Couple.practitioner_ids.contains([actor.person_id]),
    )
    return db.scalar(mine) is not None


def is_of_couple(db: Session, person_id: UUID, couple_id: UUID) -> bool:
    """Whether this person is one of the couple."""
    found = select(Partner.id).where(Partner.id == person_id, Partner.couple_id == couple_id)
    return db.scalar(found) is not None


def broke_glass(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """Whether the actor, who treats nobody here, has an open access to the whole couple."""
    return has_broken_glass(db, actor.person_id, path["couple_id"], now=practice_now(db))


def broke_glass_of_partner(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """Whether the actor has an open access to the couple or to this partner, who is one of it."""
    couple_id, person_id = path["couple_id"], path["person_id"]
    # Both are asked, whatever the first one says: how much was asked must not tell who is there.
    is_one = is_of_couple(db, person_id, couple_id)
    has_access = has_broken_glass(db, actor.person_id, couple_id, person_id=person_id, now=practice_now(db))
    return is_one and has_access


def is_self(_: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The practitioner named is the actor."""
    return bool(path["practitioner_id"] == actor.person_id)


def role(_: Session, __: Actor, ___: Mapping[str, Any]) -> bool:
    """The role alone suffices, and is what the audit names."""
    return True


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
# A broken glass shows what the care team reads. It changes nothing: whoever acts joins the care team.
_BROKE_GLASS = roles(*CLINICIANS, relation=broke_glass)
_BROKE_GLASS_OF_PARTNER = roles(*CLINICIANS, relation=broke_glass_of_partner)
_OWN = roles(PARTNER, relation=is_partner_in_care)
_ADMIN = roles("practice_admin")


def _own_intention(act: Act) -> Rule:
    return _OWN.audited("intention_part", act, about=the_actor, right="self")


def _of_partner(kind: str, act: Act) -> Rule:
    return _TREATING_PARTNER.audited(kind, act, about=named("person_id"))


POLICY: Policy = {
    "intake.receive_enquiry": roles(PUBLIC, *DESK),
    "intake.list_enquiries": roles(*DESK, "practitioner"),
    "intake.register_couple": ANY_STAFF,
    "intake.list_couples": ANY_STAFF,  # a clinician's list holds only couples they treat
    "intake.show_couple": either(ANY_DESK, _TREATING, _BROKE_GLASS),
    "intake.change_care_team": ANY_DESK,
    "intake.show_own_couple": _OWN,
    "intake.show_own_intention": _own_intention(Act.READ),
    "intake.write_intention_part": _own_intention(Act.CHANGE),
    "intake.share_intention": _own_intention(Act.SHARE),
    "intake.unshare_intention": _own_intention(Act.UNSHARE),
    "intake.preview_intention": _own_intention(Act.READ),
    "intake.show_intention_as_shared": _OWN.audited("shared_intention_part", about=the_actor, right="self"),
    "intake.show_intention_from_partner": _OWN.audited(
        "shared_intention_part", about=other_partner, right="released"
    ),
    "intake.show_intention_of_partner": either(_TREATING_PARTNER, _BROKE_GLASS_OF_PARTNER).audited(
        "intention_part", about=named("person_id")
    ),
    "intake.list_told": either(_TREATING, _BROKE_GLASS).audited("intention_part", about=named("couple_id")),
    "intake.record_told_first": _of_partner("intention_part", Act.CHANGE),
    "intake.show_confidentiality_policy": either(ANY_DESK, _TREATING, _BROKE_GLASS),
    "intake.change_confidentiality_policy": _TREATING,
    "intake.complete_preparation": _of_partner("preparation", Act.CHANGE),
    "intake.decide_readiness": _of_partner("readiness_decision", Act.CHANGE),
    "intake.list_readiness": either(_TREATING, _BROKE_GLASS).audited(
        "readiness_decision", about=named("couple_id")
    ),
    # Who is not on the team may; who can't, is told so by the command.
    "intake.open_break_glass": ANY_CLINICIAN.audited(
        "break_glass", Act.CHANGE, about=named("couple_id"), right="outside_the_care_team"
    ),
    # A clinician's list holds only their own.
    "intake.list_break_glass": either(_ADMIN, ANY_CLINICIAN).audited(
        "break_glass", right="reviewer_or_opener"
    ),
    "intake.review_break_glass": _ADMIN.audited(
        "break_glass", Act.CHANGE, record=named("break_glass_id"), right="reviewer"
    ),
    "intake.mark_conflict": either(
        roles("practice_admin", relation=role), roles(*CLINICIANS, relation=is_self)
    ).audited("conflict_mark", Act.CHANGE, about=named("couple_id")),
    # Not for who set it of themselves: they could else lift it and break the glass.
    "intake.lift_conflict_mark": _ADMIN.audited(
        "conflict_mark", Act.CHANGE, about=named("couple_id"), right="role"
    ),
    "intake.list_conflict_marks": _ADMIN,
}
