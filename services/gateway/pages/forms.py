"""What a person sends with a form: on to a service, and what is wrong back beside its field."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request

from services.gateway.context import check_proof, sub_key, upstream
from services.gateway.language import in_words, language
from services.gateway.policy import HANDS_ON, is_private, speaks_for_them
from services.gateway.upstream import Answer, Refused
from shared.errors import NotFound, Problem, Unavailable, Unexpected
from shared.web.context import current_actor

_ETAG, _NEVER_GIVEN = re.compile(r'"[!#-~]{0,100}"'), '"0"'


@dataclass(frozen=True)
class Sent:
    """What came of it. `is_done`, or `errors` (sentence by field) and `problem` (a sentence about the whole).

    `code` names a rule that was broken, for pages that offer a way on.
    """

    answer: Answer | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    code: str = ""

    @property
    def is_done(self) -> bool:
        return not self.errors and not self.problem

    @property
    def data(self) -> Any:
        return self.answer.json() if self.answer is not None and self.answer.body else None


def wrong(sent: Sent | None) -> dict[str, Any]:
    """For the template: what is wrong, and what was typed. Nothing when nothing was sent."""
    return {} if sent is None else {"errors": sent.errors, "problem": sent.problem, "typed": request.form}


def send(
    service: str,
    method: str,
    path: str,
    body: Mapping[str, Any],
    *,
    etag: str | None = None,
    step: str = "form",
    names: Mapping[str, str] | None = None,
) -> Sent:
    """Send a command as the person who asks. A form that is sent twice has its effect once (its hidden `form_key`).

    `names` says which of the form's fields holds what the service calls otherwise.
    Raises NotFound, StepUpNeeded where words are handed on, or something is said in the person's name.
    """
    hands_on = is_private(service, path) and HANDS_ON.fullmatch(path)
    if hands_on or speaks_for_them(service, method, path, body):
        check_proof()
    headers = {"Content-Type": "application/json", "Accept-Language": language()}
    if method == "POST":
        headers["Idempotency-Key"] = sub_key(step)
    if etag is not None:
        headers["If-Match"] = etag if _ETAG.fullmatch(etag) else _NEVER_GIVEN
    try:
        answer = upstream().call(
            service,
            method,
            path,
            actor=current_actor(),
            headers=headers,
            body=json.dumps(body).encode(),
            is_repeatable=True,
            waits_for_news=True,
        )
    except Problem as error:
        return Sent(problem=_sentence({"code": error.code}))
    if answer.status < 300:
        return Sent(answer)
    if answer.status == 404:
        raise NotFound
    if not answer.is_problem:
        return Sent(
            problem=_sentence({"code": Unavailable.code if answer.status != 500 else Unexpected.code})
        )
    return _wrong(answer.json(), names)


def attempt(command: Callable[[], Any], *, names: Mapping[str, str] | None = None) -> Sent:
    """Run a command of the gateway's own; what it refuses comes back as from a service. Raises NotFound."""
    try:
        command()
    except NotFound:
        raise
    except Refused as error:
        return _wrong(error.answer.json(), names)
    except Problem as error:
        return Sent(problem=_sentence({"code": error.code}))
    return Sent()


def _wrong(problem: dict[str, Any], names: Mapping[str, str] | None) -> Sent:
    told = in_words(problem)
    errors = {_field_of(one, names or {}): one["detail"] for one in told.get("errors", [])}
    return Sent(errors=errors, problem="" if errors else _sentence(told), code=str(told.get("code", "")))


def _field_of(error: Mapping[str, Any], names: Mapping[str, str]) -> str:
    name = str(error.get("pointer", "")).strip("/").split("/")[0]
    return names.get(name, name)


def _sentence(problem: Mapping[str, Any]) -> str:
    told = in_words(dict(problem))
    return " ".join(f"{str(told[name]).rstrip('.')}." for name in ("title", "detail") if told.get(name))
