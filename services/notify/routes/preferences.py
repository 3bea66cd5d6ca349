"""How the signed-in person wants to be told."""

from typing import Any

from services.notify.commands import preferences
from services.notify.queries import views
from services.notify.routes import bp
from services.notify.schemas import PreferencesView, SetPreferences
from shared.web.concurrency import check_if_match
from shared.web.context import current_actor, respond, transaction


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
