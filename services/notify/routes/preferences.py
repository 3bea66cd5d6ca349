"""How the signed-in person wants to be told."""

from typing import Any

from flask import request

from services.notify.commands import preferences
from services.notify.queries import views
from services.notify.routes import bp
from services.notify.schemas import PreferencesView, SetPreferences
from shared.web.concurrency import check_if_match
from shared.web.context import current_actor, respond, transaction


@bp.get("/me/preferences")
@bp.response(200, PreferencesView)
def show_preferences() -> Any:
    with transaction() as db:
        return respond(views.preferences(db, current_actor().person_id))


@bp.put("/me/preferences")
@bp.arguments(SetPreferences)
@bp.response(200, PreferencesView)
def set_preferences(body: dict[str, Any]) -> Any:
    person_id = current_actor().person_id
    with transaction() as db:
        held = views.preferences(db, person_id)
        if held.version > 0 or request.if_match:
            check_if_match(held.version)
        return respond(preferences.set_preferences(db, person_id, **body))
