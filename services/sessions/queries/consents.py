"""A person's own consent, and the texts it is given to."""

import json
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from services.sessions.domain.states import ConsentState
from services.sessions.models import Consent, ConsentAct, MedicineSession
from shared.errors import NotFound
from shared.events.sessions import Programme


@cache
def consent_text(programme: Programme) -> dict[str, Any]:
    """The current text of a programme: `version`, `text` by part (taking, attending), `text_es` in Spanish."""
    found = files("services.sessions").joinpath("texts", "consent", f"{programme.value}.json")
    text: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
    return text


def consent_view(db: Session, session_id: UUID, person_id: UUID) -> dict[str, Any]:
    """Where this person's own consent stands; the same whatever anybody else does. Raises NotFound."""
    row = db.execute(_consents_of(person_id).where(Consent.session_id == session_id)).one_or_none()
    if row is None:
        raise NotFound
    return _view(row, person_id)


def own_consents(db: Session, person_id: UUID) -> list[dict[str, Any]]:
    """All of this person's own consents, as `consent_view` shows each, with their own acts, the oldest first."""
    rows = db.execute(_consents_of(person_id).order_by(Consent.session_id)).all()
    acts: dict[UUID, list[ConsentAct]] = {}
    theirs = select(ConsentAct).where(ConsentAct.person_id == person_id)
    for act in db.scalars(theirs.order_by(ConsentAct.at, ConsentAct.id)):
        acts.setdefault(act.session_id, []).append(act)
    return [{**_view(row, person_id), "acts": acts.get(row.session_id, [])} for row in rows]


def _consents_of(person_id: UUID) -> Select[UUID, str, str, list[UUID]]:
    return (
        select(Consent.session_id, Consent.state, MedicineSession.programme, MedicineSession.taking_ids)
        .join(MedicineSession, MedicineSession.id == Consent.session_id)
        .where(Consent.person_id == person_id)
    )


def _view(row: Row[UUID, str, str, list[UUID]], person_id: UUID) -> dict[str, Any]:
    text = consent_text(Programme(row.programme))
    part = "taking" if person_id in row.taking_ids else "attending"
    return {
        "session_id": row.session_id,
        "text_version": text["version"],
        "text": text["text"][part],
        "text_es": text["text_es"][part],
        "state": ConsentState(row.state),
    }


def standing_consents(db: Session, session: MedicineSession) -> list[dict[str, Any]]:
    """Where each person's consent to this session stands and since when, for the care team."""
    since = (
        select(ConsentAct.person_id, func.max(ConsentAct.at).label("at"))
        .where(ConsentAct.session_id == session.id)
        .group_by(ConsentAct.person_id)
        .subquery()
    )
    rows = db.execute(
        select(Consent.person_id, Consent.state, since.c.at)
        .outerjoin(since, since.c.person_id == Consent.person_id)
        .where(Consent.session_id == session.id)
    )
    found = {row.person_id: row for row in rows}
    return [
        {"person_id": one, "state": found[one].state, "at": found[one].at}
        for one in session.people
        if one in found
    ]
