"""/api/v1/<service>/ops/…: only the gateway's pages for operators ask here, nothing is forwarded to it."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from shared.errors import NotFound
from shared.path.acts import latest_acts
from shared.path.operating.due import read_due
from shared.path.operating.latest import latest
from shared.web.context import admit_by_role
from shared.web.operators import schemas, views
from shared.web.operators.reach import reach
from shared.web.operators.replaying import rehearse, replay_once
from shared.web.policy import OPERATORS, Policy

LARGEST_ID = 2**63 - 1
NAMES = (
    "show_standing", "list_letters", "show_letter", "rehearse_letter", "replay_letter", "replay_letters",
    "show_replay", "list_events", "show_event", "list_timers", "list_acts",
)  # fmt: skip


def operators_policy(service: str) -> Policy:
    """All of them are for operators alone."""
    return {f"{service}-ops.{name}": OPERATORS for name in NAMES}


def operators_blueprint(service: str) -> Blueprint:
    """One service's routes for its operators."""
    bp = Blueprint(f"{service}-ops", __name__, url_prefix=f"/api/v1/{service}/ops")

    @bp.get("/standing")
    @bp.response(200, schemas.ServiceStandingView)
    def show_standing() -> Any:
        """How far the service is, what it has yet to send, and what waits here."""
        admit_by_role()
        with reach().look() as db:
            return views.standing(db, reach())

    @bp.get("/dead-letters")
    @bp.arguments(schemas.LettersQuery, location="query")
    @bp.response(200, schemas.LettersView)
    def list_letters(query: dict[str, Any]) -> Any:
        """What the service put aside."""
        admit_by_role()
        with reach().look() as db:
            return views.letters(db, reach(), is_all=query["state"] == "all", limit=query["limit"])

    @bp.get("/dead-letters/<string:letter>")
    @bp.response(200, schemas.LetterInFullView)
    def show_letter(letter: str) -> Any:
        """One of them, with what may be seen of its event."""
        admit_by_role()
        with reach().look() as db:
            return views.letter(db, reach(), number(letter))

    @bp.get("/dead-letters/<string:letter>/rehearsal")
    @bp.response(200, schemas.RehearsalView)
    def rehearse_letter(letter: str) -> Any:
        """Whether a replay would work: tried, and taken back."""
        admit_by_role()
        return rehearse(reach(), number(letter))

    @bp.post("/dead-letters/<string:letter>/replays")
    @bp.arguments(schemas.AskReplay)
    @bp.response(201, schemas.ReplayView)
    def replay_letter(body: dict[str, Any], letter: str) -> Any:
        """Apply one that waits, with what is parked behind it."""
        admit_by_role()
        return replay_once(reach(), **body, letter_id=number(letter))

    @bp.post("/replays")
    @bp.arguments(schemas.AskReplay)
    @bp.response(201, schemas.ReplayView)
    def replay_letters(body: dict[str, Any]) -> Any:
        """Apply all that waits, in order."""
        admit_by_role()
        return replay_once(reach(), **body)

    @bp.get("/replays/<uuid:run_id>")
    @bp.response(200, schemas.ReplayView)
    def show_replay(run_id: UUID) -> Any:
        """What one replay did, as it was written down."""
        admit_by_role()
        with reach().look() as db:
            return views.replay(db, run_id)

    @bp.get("/events")
    @bp.arguments(schemas.LatestQuery, location="query")
    @bp.response(200, schemas.PassingsView)
    def list_events(query: dict[str, Any]) -> Any:
        """The newest events that this service's database holds."""
        admit_by_role()
        with reach().look() as db:
            return {"items": latest(db, query["limit"])}

    @bp.get("/events/<uuid:event_id>")
    @bp.response(200, schemas.TraceView)
    def show_event(event_id: UUID) -> Any:
        """What this service's database tells of one event."""
        admit_by_role()
        with reach().look() as db:
            return views.trace(db, reach(), event_id)

    @bp.get("/timers")
    @bp.response(200, schemas.DuesView)
    def list_timers() -> Any:
        """Timers by kind: waiting, late, failing."""
        admit_by_role()
        with reach().look() as db:
            return {"items": read_due(db, db.info["clock"]())}

    @bp.get("/acts")
    @bp.response(200, schemas.ActsView)
    def list_acts() -> Any:
        """What operators did here lately."""
        admit_by_role()
        with reach().look() as db:
            return {"items": latest_acts(db, 20)}

    return bp


def number(text: str) -> int:
    """A letter's number in a path. Raises NotFound for what can't be one."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 19 or int(text) > LARGEST_ID:
        raise NotFound
    return int(text)
