"""How people want to be told, and what a practice calls itself."""

from datetime import time
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notify.models import Preference, Sender
from services.notify.queries import people, views
from shared.errors import Stale


def set_preferences(
    db: Session,
    person_id: UUID,
    *,
    language: str,
    quiet_from: time | None,
    quiet_until: time | None,
    zone: str,
) -> Preference:
    """Replace a person's preferences. Raises Stale when another request has just made the first ones."""
    wanted = {"language": language, "quiet_from": quiet_from, "quiet_until": quiet_until, "zone": zone}
    held = people.preferences(db, person_id)
    if held.version == 0:
        made = db.scalars(
            insert(Preference)
            .values(person_id=person_id, version=1, **wanted)
            .on_conflict_do_nothing()
            .returning(Preference)
        ).first()
        if made is None:
            raise Stale
        return made
    for name, value in wanted.items():
        setattr(held, name, value)
    db.flush()
    return held


def name_sender(db: Session, display_name: str) -> Sender:
    """Give the practice its discreet name. Raises Stale when another request has just given the first one."""
    held = views.sender(db)
    if held is None:
        made = db.scalars(
            insert(Sender)
            .values(display_name=display_name, version=1)
            .on_conflict_do_nothing()
            .returning(Sender)
        ).first()
        if made is None:
            raise Stale
        return made
    held.display_name = display_name
    db.flush()
    return held
