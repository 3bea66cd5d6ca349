"""RFC 9457 problem documents: every error becomes one, with a stable code, and never a word of a person."""

import json
from collections.abc import Iterator
from typing import Any

import structlog
from flask import Flask, Response, g, request
from marshmallow import ValidationError
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from shared import errors
from shared.errors import FieldsInvalid, Problem
from shared.faults import fault_of
from shared.path.transient import is_transient
from shared.telemetry import trace

log = structlog.get_logger()
MEDIA_TYPE = "application/problem+json"

_BY_STATUS: dict[int, type[Problem]] = {
    400: errors.Malformed,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    413: errors.TooLarge,
    415: errors.MediaNotSupported,
    429: errors.TooManyRequests,
}


def document(problem: Problem) -> Response:
    """The answer for a problem. Two problems with the same code and facts have the same bytes."""
    body: dict[str, Any] = {
        "type": f"urn:attune:problem:{problem.code}",
        "status": problem.status,
        "code": problem.code,
    }
    if problem.facts:
        body["facts"] = problem.facts
    if isinstance(problem, FieldsInvalid):
        body["errors"] = problem.errors
    response = Response(json.dumps(body, sort_keys=True), problem.status, content_type=MEDIA_TYPE)
    if problem.retry_after_s is not None:
        response.headers["Retry-After"] = str(problem.retry_after_s)
    response.headers["Cache-Control"] = "no-store"
    return response


def install(app: Flask) -> None:
    """Map every kind of error once."""
    app.register_error_handler(Problem, document)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> Response:
    """Werkzeug's and webargs' errors."""
    invalid = getattr(error, "exc", None)
    if error.code == 422 and isinstance(invalid, ValidationError):
        return document(FieldsInvalid(list(_field_errors(invalid.messages))))
    known = _BY_STATUS.get(error.code or 500)
    if known is not None:
        return document(known())
    if error.code is not None and error.code < 500:
        return document(errors.Malformed())
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    trace.fail(type(error).__name__)
    if isinstance(error, StaleDataError):
        return document(errors.Stale())
    if isinstance(error, DataError):
        return document(errors.Malformed())
    if isinstance(error, IntegrityError):
        log.warning("a database rule refused a write", error_type=type(error).__name__, exc_info=error)
        return document(errors.Conflict())
    if is_transient(error):
        log.warning("answering unavailable", error_type=type(error).__name__, **_asked())
        return document(errors.Unavailable())
    log.error("unexpected error", exc_info=error, **_asked())
    return document(errors.Unexpected())


def _asked() -> dict[str, str]:
    """What was asked for and in which practice, so that operations know whom to tell: never by whom."""
    asked = {"route": request.url_rule.rule} if request.url_rule else {}
    return {**asked, "practice_id": str(g.actor.practice_id)} if "actor" in g else asked


_LOCATIONS = {"json", "query", "form", "headers", "path", "files"}


def _field_errors(messages: Any, pointer: str = "") -> Iterator[dict[str, Any]]:
    """Marshmallow's nested messages as JSON pointers (RFC 6901) with codes; its texts never quote the value."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            step = str(name).replace("~", "~0").replace("/", "~1")
            outermost = pointer == "" and step in _LOCATIONS
            yield from _field_errors(inner, pointer if outermost else f"{pointer}/{step}")
        return
    for message in messages if isinstance(messages, list) else [messages]:
        fault = fault_of(message)
        error = {"pointer": pointer.removesuffix("/_schema"), "code": fault.code, "detail": str(fault)}
        yield {**error, "facts": fault.facts} if fault.facts else error
