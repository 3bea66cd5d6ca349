"""What the services put aside: look at it, see whether a replay would work, and replay it."""

from typing import Any
from uuid import UUID

from flask import Response, g, make_response, redirect, request

from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.forms import Sent, attempt, send, wrong
from services.gateway.pages.frame import page
from services.gateway.pages.ops.asking import OWN, ask_all, ask_one
from shared.errors import NotFound
from shared.path.acts import REFERENCE
from shared.settings import SERVICES
from shared.web.operators import schemas, views
from shared.web.operators.reach import reach
from shared.web.operators.replaying import rehearse, replay_once
from shared.web.operators.routes import number


@bp.get("/ops/dead-letters")
def show_letters() -> Response:
    return _list()


@bp.get("/ops/dead-letters/<string:service>/<string:letter>")
def show_letter(service: str, letter: str) -> Response:
    return _one(service, number(letter))


@bp.post("/ops/dead-letters/<string:service>/<string:letter>/replay")
def replay_letter(service: str, letter: str) -> Response:
    letter_id = number(letter)
    sent, run_id = _replay(service, letter_id)
    return _after(service, run_id) if sent.is_done else _one(service, letter_id, _status(sent), sent)


@bp.post("/ops/dead-letters/<string:service>/replay")
def replay_letters(service: str) -> Response:
    sent, run_id = _replay(service, None)
    return _after(service, run_id) if sent.is_done else _list(_status(sent), sent)


@bp.get("/ops/replays/<string:service>/<uuid:run_id>")
def show_replay(service: str, run_id: UUID) -> Response:
    def own() -> dict[str, Any]:
        with reach().look() as db:
            return views.replay(db, run_id)

    part = ask_one(service, f"replays/{run_id}", own, schemas.ReplayView)
    return page("ops/replay.html", service=service, replay=part.data)


def _list(status: int = 200, sent: Sent | None = None) -> Response:
    state = "all" if request.args.get("state") == "all" else "waiting"

    def own() -> dict[str, Any]:
        with reach().look() as db:
            return views.letters(db, reach(), is_all=state == "all", limit=50)

    parts = ask_all("dead-letters", own, schemas.LettersView, {"state": state})
    return page("ops/letters.html", status, parts=parts, state=state, **wrong(sent))


def _one(service: str, letter_id: int, status: int = 200, sent: Sent | None = None) -> Response:
    def own() -> dict[str, Any]:
        with reach().look() as db:
            return views.letter(db, reach(), letter_id)

    part = ask_one(service, f"dead-letters/{letter_id}", own, schemas.LetterInFullView)
    rehearsal = None
    if "try" in request.args and part.data["state"] == "waiting":
        path = f"dead-letters/{letter_id}/rehearsal"
        tried = ask_one(service, path, lambda: rehearse(reach(), letter_id), schemas.RehearsalView)
        rehearsal = tried.data
    return page(
        "ops/letter.html", status, letter=part.data, service=service, rehearsal=rehearsal, **wrong(sent)
    )


def _replay(service: str, letter_id: int | None) -> tuple[Sent, UUID | None]:
    """Have it replayed, in the operator's name. What came of it, and the run's id."""
    if service not in SERVICES:
        raise NotFound
    because = request.form.get("because", "").strip() or None
    if because is not None and not REFERENCE.fullmatch(because):
        return Sent(errors={"because": page_texts(language())["ops_because_wrong"]}), None
    asked: dict[str, Any] = {"by": g.operator.by, "because": because}
    if service != OWN:
        path = "ops/replays" if letter_id is None else f"ops/dead-letters/{letter_id}/replays"
        sent = send(service, "POST", path, asked)
        return sent, UUID(sent.data["run_id"]) if sent.is_done else None
    done: list[UUID] = []
    sent = attempt(lambda: done.append(replay_once(reach(), **asked, letter_id=letter_id)["run_id"]))
    return sent, done[0] if done else None


def _after(service: str, run_id: UUID | None) -> Response:
    return make_response(redirect(f"/ops/replays/{service}/{run_id}", 303))


def _status(sent: Sent) -> int:
    return 422 if sent.errors else 409
