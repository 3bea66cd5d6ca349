"""The door itself: what is passed on to the services, and whether the platform is alive and ready."""

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from services.gateway.context import check_proof, database, upstream
from services.gateway.domain import is_plain, may_be_forwarded
from services.gateway.policy import TAKES_BACK, is_private, speaks_for_them
from services.gateway.problems import StepUpNeeded
from services.gateway.reference import whole_document
from services.gateway.upstream import Answer
from shared.db.tenancy import Scope
from shared.errors import Malformed, NotFound, Unavailable, Unexpected
from shared.web.context import admit_by_role, current_actor

bp = Blueprint("edge", __name__)
_SENT_ON = ("Idempotency-Key", "If-Match", "Accept-Language", "Content-Type")


@bp.route(
    "/api/v1/<any(intake, sessions, integration, notify):service>/<path:path>",
    methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
)
def forward(service: str, path: str) -> Response:
    """Pass a request on with a fresh actor token. The service decides; here only the way is checked."""
    admit_by_role()
    if not may_be_forwarded(service, path):
        raise NotFound
    headers = {name: request.headers[name] for name in _SENT_ON if name in request.headers}
    if not is_plain(query=request.query_string, headers=headers.values()):
        raise Malformed
    shows_words = True
    if is_private(service, path):
        shows_words = _may_show_words(path)
    elif speaks_for_them(service, request.method, path, request.get_json(silent=True)):
        check_proof()
    answer = upstream().call(
        service,
        request.method,
        path,
        actor=current_actor(),
        headers=headers,
        query=request.query_string,
        body=request.get_data(),
        is_repeatable=request.method in ("GET", "HEAD") or "Idempotency-Key" in request.headers,
    )
    passed = _passed_on(answer)
    if not shows_words and answer.status < 300:
        passed.set_data(b"{}")
    return passed


def _may_show_words(path: str) -> bool:
    """Whether the reader has shown lately that it is them. Raises StepUpNeeded, but for who takes something back."""
    try:
        check_proof()
    except StepUpNeeded:
        if request.method == "POST" and TAKES_BACK.fullmatch(path):
            return False
        raise
    return True


@bp.get("/api/v1/openapi.json")
def show_openapi() -> Response:
    """The whole API in one document."""
    admit_by_role()
    response = jsonify(whole_document())
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@bp.get("/livez")
def livez() -> Response:
    """This process answers."""
    admit_by_role()
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Whether a person can use the platform now: 503 names what is missing, and nothing else about it."""
    admit_by_role()
    waiting = [] if _database_answers() else ["database"]
    waiting += upstream().waited_for()
    return jsonify({"status": "waiting" if waiting else "ok", "for": waiting}), 503 if waiting else 200


def _passed_on(answer: Answer) -> Response:
    """A service's answer as ours. What is not a plain answer of a service's route is one of our own problems."""
    if answer.status == 404 or 300 <= answer.status < 400:
        raise NotFound
    if answer.status == 401:
        raise Unavailable  # it doubted our token, not the person: clocks or keys differ
    if answer.status >= 500 and not answer.is_problem:
        raise Unavailable if answer.status in (502, 503, 504) else Unexpected
    response = Response(answer.body, answer.status)
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response


def _database_answers() -> bool:
    try:
        with database().transaction(Scope(role="readiness")) as db:
            db.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True
