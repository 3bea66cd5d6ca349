"""Who may use which of integration's routes."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from services.integration.queries import check_ins, concerns, couples, journal
from shared.web.actor import CLINICIANS, PARTNER, Actor
from shared.web.policy import ANY_CLINICIAN, ANY_PARTNER, Policy, roles


def wrote_it(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The actor wrote the entry."""
    return journal.owns_entry(db, actor.person_id, path["entry_id"])


def is_asked(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The check-in is the actor's own."""
    return check_ins.owns_check_in(db, actor.person_id, path["check_in_id"])


def treats_couple(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The actor is in the couple's care team."""
    return couples.is_treating(db, actor.person_id, path["couple_id"])


def treats_partner(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The actor is in the couple's care team, and the person named is one of the couple."""
    return treats_couple(db, actor, path) and couples.is_partner_in(db, path["person_id"], path["couple_id"])


def treats_concerned(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The actor is in the care team of the couple that the concern belongs to."""
    couple_id = concerns.couple_of_concern(db, path["concern_id"])
    return couple_id is not None and couples.is_treating(db, actor.person_id, couple_id)


_WRITER = roles(PARTNER, relation=wrote_it)
_ASKED = roles(PARTNER, relation=is_asked)

POLICY: Policy = {
    "integration.list_own_journeys": ANY_PARTNER,
    "integration.list_couple_journeys": roles(*CLINICIANS, relation=treats_couple),
    "integration.write_entry": ANY_PARTNER,
    "integration.list_own_entries": ANY_PARTNER,
    "integration.show_own_entry": _WRITER,
    "integration.rewrite_entry": _WRITER,
    "integration.preview_entry": _WRITER,
    "integration.share_entry": _WRITER,
    "integration.unshare_entry": _WRITER,
    "integration.list_shared_with_me": ANY_PARTNER,
    "integration.show_partner_journal": roles(*CLINICIANS, relation=treats_partner),
    "integration.list_open_check_ins": ANY_PARTNER,
    "integration.answer_check_in": _ASKED,
    "integration.skip_check_in": _ASKED,
    "integration.list_safety_concerns": ANY_CLINICIAN,
    "integration.show_safety_concern": roles(*CLINICIANS, relation=treats_concerned),
}
