"""How and where the signed-in person wants to be told."""

from typing import Any
from uuid import UUID

from services.notify.commands import contacts, preferences
from services.notify.queries import views
from services.notify.routes import bp
from services.notify.schemas import (
    MarkContact,
    OwnContactsView,
    OwnContactView,
    PreferencesView,
    SetPreferences,
)
from shared.web.concurrency import check_if_match
from shared.web.context import current_actor, respond, transaction
from shared.web.idempotency import once


@bp.get("/me/preferences")
@bp.response(200, PreferencesView)
def show_preferences() -> Any:
    """How the signed-in person wants to be told: language and quiet hours."""
    with transaction() as db:
        return respond(views.preferences(db, current_actor().person_id))


@bp.put("/me/preferences")
@bp.arguments(SetPreferences)
@bp.response(200, PreferencesView)
def set_preferences(body: dict[str, Any]) -> Any:
    """Set one's own language and quiet hours."""
    person_id = current_actor().person_id
    with transaction() as db:
        held = views.preferences(db, person_id)
        check_if_match(held.version, is_needed=held.version > 0)
        return respond(preferences.set_preferences(db, person_id, **body))


@bp.get("/me/contacts")
@bp.response(200, OwnContactsView)
def list_own_contacts() -> Any:
    """The signed-in person's own contact points, and which of them are safe."""
    with transaction() as db:
        return {"items": views.contacts_of(db, current_actor().person_id)}


@bp.post("/me/contacts/<uuid:contact_id>/mark")
@bp.arguments(MarkContact)
@bp.response(201, OwnContactView)
def mark_contact(body: dict[str, Any], contact_id: UUID) -> Any:
    """Say whether one's own contact point is safe: nobody is told anything at one that isn't."""
    return once(lambda db: contacts.mark_contact(db, contact_id, **body), show=views.own_contact)
