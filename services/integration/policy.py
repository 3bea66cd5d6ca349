"""Who may use which of integration's routes."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.integration.queries import check_ins, concerns, couples, journal
from shared.audit.looks import Act
from shared.db.practice import practice_now
from shared.web.actor import CLINICIANS, PARTNER, Actor
from shared.web.policy import ANY_CLINICIAN, ANY_PARTNER, Policy, Rule, either, named, roles, the_actor


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
    # Both are asked, here and below, whatever the first one says: how much was asked must not tell who is there.
    treats = treats_couple(db, actor, path)
    is_one = couples.is_partner_in(db, path["person_id"], path["couple_id"])
    return treats and is_one


def treats_concerned(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The actor is in the care team of the couple that the concern belongs to."""
    return concerns.is_concern_of_treated(db, path["concern_id"], actor.person_id)


def broke_glass(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The actor, outside the care team, has an open access to the whole couple."""
    return couples.broke_glass(db, actor.person_id, path["couple_id"], now=practice_now(db))


def broke_glass_of_partner(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The actor has an open access to the couple or to the person named, who is one of it."""
    couple_id, person_id = path["couple_id"], path["person_id"]
    is_one = couples.is_partner_in(db, person_id, couple_id)
    opened = couples.broke_glass(db, actor.person_id, couple_id, person_id=person_id, now=practice_now(db))
    return is_one and opened


def broke_glass_of_concerned(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The actor has an open access to the person, or the couple, that the concern belongs to."""
    return concerns.is_concern_behind_broken_glass(
        db, path["concern_id"], actor.person_id, now=practice_now(db)
    )


def person_concerned(db: Session, _: Actor, path: Mapping[str, Any]) -> UUID | None:
    """Whose answer the concern came from."""
    return concerns.person_of_concern(db, path["concern_id"])


_WRITER = roles(PARTNER, relation=wrote_it)
_ASKED = roles(PARTNER, relation=is_asked)
_TREATING_PARTNER = roles(*CLINICIANS, relation=treats_partner)
_TREATING_CONCERNED = roles(*CLINICIANS, relation=treats_concerned)


def _own(kind: str, act: Act = Act.READ) -> Rule:
    return ANY_PARTNER.audited(kind, act, about=the_actor, right="self")


def _entry(act: Act) -> Rule:
    return _WRITER.audited("journal_entry", act, record=named("entry_id"), about=the_actor)


def _check_in(act: Act) -> Rule:
    return _ASKED.audited("check_in", act, record=named("check_in_id"), about=the_actor)


POLICY: Policy = {
    "integration.list_own_journeys": _own("journey"),
    # A broken glass shows what the care team reads. It changes nothing: whoever acts joins the care team.
    "integration.list_couple_journeys": either(
        roles(*CLINICIANS, relation=treats_couple), roles(*CLINICIANS, relation=broke_glass)
    ).audited("journey", about=named("couple_id")),
    "integration.write_entry": _own("journal_entry", Act.CHANGE),
    "integration.list_own_entries": _own("journal_entry"),
    "integration.show_own_entry": _entry(Act.READ),
    "integration.rewrite_entry": _entry(Act.CHANGE),
    "integration.preview_entry": _entry(Act.READ),
    "integration.share_entry": _entry(Act.SHARE),
    "integration.unshare_entry": _entry(Act.UNSHARE),
    "integration.list_shared_by_me": _own("journal_snapshot"),
    "integration.list_shared_with_me": ANY_PARTNER.audited("journal_snapshot", right="released"),
    "integration.show_partner_journal": either(
        _TREATING_PARTNER, roles(*CLINICIANS, relation=broke_glass_of_partner)
    ).audited("journal_snapshot", about=named("person_id")),
    "integration.list_told_entries": either(
        roles(*CLINICIANS, relation=treats_couple), roles(*CLINICIANS, relation=broke_glass)
    ).audited("journal_snapshot", about=named("couple_id")),
    "integration.record_entry_told_first": _TREATING_PARTNER.audited(
        "journal_snapshot", Act.CHANGE, record=named("shared_id"), about=named("person_id")
    ),
    "integration.list_open_check_ins": _own("check_in"),
    "integration.list_own_check_ins": _own("check_in"),
    "integration.answer_check_in": _check_in(Act.CHANGE),
    "integration.skip_check_in": _check_in(Act.CHANGE),
    # Of whom they treat, or have an open access to.
    "integration.list_safety_concerns": ANY_CLINICIAN.audited(
        "safety_concern", right="treats_or_broke_glass"
    ),
    "integration.show_safety_concern": either(
        _TREATING_CONCERNED, roles(*CLINICIANS, relation=broke_glass_of_concerned)
    ).audited("safety_concern", record=named("concern_id"), about=person_concerned),
    "integration.record_concern_told_first": _TREATING_CONCERNED.audited(
        "safety_concern", Act.CHANGE, record=named("concern_id"), about=person_concerned
    ),
}
