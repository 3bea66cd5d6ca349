"""What a page of signing in says when something did not work, and where it goes on."""

import json
from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway import queries
from services.gateway.context import real_now, token_maker
from services.gateway.identity import keep_signed_in
from services.gateway.language import in_words
from services.gateway.pages.view import page_of_ours
from services.gateway.problems import (
    CodeWrong,
    NotTheAddressTheyJoinedWith,
    PasswordTooEasy,
)
from services.gateway.upstream import Refused
from shared.errors import Problem
from shared.web.context import current_actor


def said(error: Problem | Refused) -> str:
    """A problem, ours or of a service that was called, as a sentence for the page it happened on."""
    code = error.answer.json()["code"] if isinstance(error, Refused) else error.code
    told = in_words({"code": code})
    return " ".join(str(told[name]) for name in ("title", "detail") if told.get(name))


_ABOUT = {
    CodeWrong.code: "code",
    NotTheAddressTheyJoinedWith.code: "email",
    PasswordTooEasy.code: "password",
}
"""Which field of a form a refusal is about."""


def wrong_with(error: Problem | Refused) -> dict[str, Any]:
    """For the page of the form that was refused: a sentence beside the field it is about, and what was typed."""
    field = "" if isinstance(error, Refused) else _ABOUT.get(error.code, "")
    told = said(error)
    return {"errors": {field: told} if field else {}, "problem": "" if field else told, "typed": request.form}


def to(path: str) -> Response:
    """Go on there, with GET."""
    return make_response(redirect(page_of_ours(path), 303))


def wanted_page() -> str:
    """The page that somebody came for: one of ours."""
    return page_of_ours(request.values.get("next", "/"))


def credential() -> tuple[UUID, dict[str, Any]]:
    """The challenge and the passkey's answer of a form. Both are nobody's where a script did not fill them in."""
    try:
        held = json.loads(request.form.get("credential", ""))
        return UUID(request.form.get("challenge_id", "")), held if isinstance(held, dict) else {}
    except ValueError:
        return UUID(int=0), {}


def means_of(db: Any, renewed_id: UUID | None = None) -> dict[str, Any]:
    """How the reader signs in."""
    return queries.means_view(
        db, current_actor().person_id, tokens=token_maker(), at=real_now(), renewed_id=renewed_id
    )


def with_new_token(response: Response, view: dict[str, Any] | None) -> Response:
    """Give the browser the token of a sign-in that took the place of its own, if one did."""
    return keep_signed_in(response, view) if view else response
