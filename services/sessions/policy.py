"""Who may use which of sessions' routes. Relations look only at sessions' own tables.

Each asks the same whether what the path names is there or not: how much was asked must not tell them apart.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sessions.models import Booking, Consent, MedicineSession
from services.sessions.queries import care
from services.sessions.queries.care import holds
from services.sessions.queries.partners_sessions import takes_part
from shared.audit.looks import Act
from shared.db.practice import practice_now
from shared.web.actor import CLINICIANS, PARTNER, PUBLIC, Actor
from shared.web.policy import (
    ANY_ADMIN,
    ANY_CLINICIAN,
    ANY_DESK,
    ANY_PARTNER,
    ANY_STAFF,
    THE_PUBLIC,
    Policy,
    Rule,
    either,
    named,
    roles,
    the_actor,
)


def is_self(_: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The practitioner named is the actor."""
    return bool(path["practitioner_id"] == actor.person_id)


def treats_couple_of_session(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The actor is in the care team of the couple whose medicine session it is."""
    return holds(db, care.is_treated_by(MedicineSession, path["session_id"], actor.person_id))


def attends_medicine_session(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The actor is one of the session's practitioners, and has no conflict with its couple."""
    return holds(db, care.is_attended_by(MedicineSession, path["session_id"], actor.person_id))


def works_on_medicine_session(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The actor treats the couple or attends."""
    return treats_couple_of_session(db, actor, path) or attends_medicine_session(db, actor, path)


def attends_booking(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The actor is one of the booking's practitioners, and has no conflict with its couple."""
    return holds(db, care.is_attended_by(Booking, path["session_id"], actor.person_id))


def stands_in(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The actor treats the couple of the session, of either kind, that somebody named in it must not attend."""
    session_id, person_id = path["session_id"], actor.person_id
    return holds(
        db, *(care.is_stood_in_for(model, session_id, person_id) for model in (Booking, MedicineSession))
    )


def is_of_own_calendar(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The actor attends the session of either kind, or treats its couple."""
    session_id, person_id = path["session_id"], actor.person_id
    return holds(
        db,
        *(care.is_attended_by(model, session_id, person_id) for model in (Booking, MedicineSession)),
        *(care.is_treated_by(model, session_id, person_id) for model in (Booking, MedicineSession)),
    )


def broke_glass(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The actor has an open access, outside the care team, to the couple of the session, of either kind."""
    now, session_id = practice_now(db), path["session_id"]
    return holds(
        db,
        *(
            care.is_behind_broken_glass(model, session_id, actor.person_id, now=now)
            for model in (Booking, MedicineSession)
        ),
    )


def is_own_session(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The partner takes part in the session, of either kind."""
    return takes_part(db, actor.person_id, path["session_id"])


def has_consent_to_give(db: Session, actor: Actor, path: Mapping[str, Any]) -> bool:
    """The partner takes part in this medicine session."""
    mine = select(Consent.person_id).where(
        Consent.session_id == path["session_id"], Consent.person_id == actor.person_id
    )
    return db.scalar(mine) is not None


_TREATING = roles(*CLINICIANS, relation=treats_couple_of_session)
# A broken glass shows what the care team reads. It changes nothing: whoever acts joins the care team.
_BROKE_GLASS = roles(*CLINICIANS, relation=broke_glass)
_ATTENDING = roles(*CLINICIANS, relation=attends_medicine_session)
_OWN_CONSENT = roles(PARTNER, relation=has_consent_to_give)
# Where somebody in conflict is named, whoever treats the couple does what only who attends may do otherwise.
_STANDING_IN = roles(*CLINICIANS, relation=stands_in)
_WORKING_ON = roles(*CLINICIANS, relation=works_on_medicine_session)


def _medicine(rule: Rule, act: Act) -> Rule:
    """Whom a medicine session is about says its view: everybody who takes part."""
    return rule.audited("medicine_session", act, record=named("session_id"))


def _consent(act: Act) -> Rule:
    return _OWN_CONSENT.audited("consent", act, record=named("session_id"), about=the_actor)


POLICY: Policy = {
    "sessions.add_licence": ANY_ADMIN,
    "sessions.add_availability": either(ANY_ADMIN, roles(*CLINICIANS, relation=is_self)),
    "sessions.list_practitioners": ANY_STAFF,
    "sessions.add_room": ANY_ADMIN,
    "sessions.list_rooms": ANY_STAFF,
    "sessions.list_consultation_times": either(THE_PUBLIC, ANY_STAFF),
    "sessions.book_consultation": roles(PUBLIC, "front_desk"),
    # Whether a clinician treats the couple stands in the body: the route asks it before anything else.
    "sessions.book_session": ANY_STAFF,
    "sessions.list_bookings": ANY_STAFF,
    "sessions.show_booking": either(ANY_DESK, roles(*CLINICIANS, relation=is_of_own_calendar), _BROKE_GLASS),
    "sessions.complete_session": either(roles(*CLINICIANS, relation=attends_booking), _STANDING_IN),
    "sessions.cancel_session": either(ANY_DESK, roles(*CLINICIANS, relation=attends_booking), _STANDING_IN),
    "sessions.list_my_sessions": ANY_PARTNER,
    "sessions.show_my_calendar_file": roles(PARTNER, relation=is_own_session),
    "sessions.plan_medicine_session": ANY_CLINICIAN.audited(
        "medicine_session", Act.CHANGE, right="treats_couple"
    ),
    "sessions.show_medicine_session": _medicine(either(_TREATING, _BROKE_GLASS), Act.READ),
    "sessions.plan_transport": _medicine(_TREATING, Act.CHANGE),
    "sessions.withdraw_transport_plan": _medicine(_TREATING, Act.CHANGE),
    "sessions.cancel_medicine_session": _medicine(_WORKING_ON, Act.CHANGE),
    "sessions.start_medicine_session": _medicine(_ATTENDING, Act.CHANGE),
    "sessions.list_observations": either(_WORKING_ON, _BROKE_GLASS).audited("observation", Act.READ),
    "sessions.record_observation": _WORKING_ON.audited("observation", Act.CHANGE),
    "sessions.end_medicine_session": _medicine(either(_ATTENDING, _STANDING_IN), Act.CHANGE),
    "sessions.show_my_consent": _consent(Act.READ),
    "sessions.list_my_consents": ANY_PARTNER.audited("consent", about=the_actor, right="self"),
    "sessions.give_consent": _consent(Act.CHANGE),
    "sessions.reaffirm_consent": _consent(Act.CHANGE),
    "sessions.withdraw_consent": _consent(Act.WITHDRAW),
}
