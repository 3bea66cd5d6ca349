"""A sign-in that ends in the middle of a long answer: the words stay on the page until the same person is back.

They are not stored. The sign-in page carries them, with a signed mark of whose they are, and sends them back with
the proof; if somebody else signs in there, they are dropped. Who signs in at another site does so in a second tab:
the words wait on the page in the first (`ways_in/other_tab.py`).
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Response, current_app, make_response, redirect, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from services.gateway import tokens
from services.gateway.commands.accounts import owner_of_sign_in
from services.gateway.context import database
from services.gateway.identity import COOKIE
from services.gateway.pages.frame import home_of, page
from services.gateway.pages.view import page_of_ours
from shared.db.tenancy import Scope
from shared.web.actor import Actor

_LONGEST_S = 24 * 3600
_OURS = frozenset({"csrf_token", "kept_path", "kept_by"})
_WITHOUT_WORDS = ("services.gateway.pages.ways_in", "services.gateway.pages.own_copy")
_MARK = "kept."

NOTHING_KEPT: Mapping[str, Any] = {"kept": (), "kept_path": "", "kept_by": ""}


def kept_words() -> dict[str, Any]:
    """For the sign-in page: what the form that was just sent held, where it was sent by whose sign-in is over."""
    if request.method != "POST" or _holds_no_words() or (owner := _owner()) is None:
        return {"kept": (), "kept_path": page_of_ours(request.full_path.rstrip("?")), "kept_by": ""}
    fields = [(f"{_MARK}{name}", value) for name, value in _fields() if name not in _OURS]
    return {"kept": fields, "kept_path": request.path, "kept_by": _signer().dumps(str(owner))}


def _holds_no_words() -> bool:
    """Whether the form held passwords or codes, which are typed anew and never written into a page; or a choice of
    files, which is one tap."""
    view = current_app.view_functions.get(request.endpoint or "")
    return view is not None and view.__module__.startswith(_WITHOUT_WORDS)


def carried() -> dict[str, Any]:
    """For the sign-in page once more, after a try that did not work: what was kept goes along as it came."""
    fields = [(name, value) for name, value in _fields() if name.startswith(_MARK)]
    path, by = request.form.get("kept_path", ""), request.form.get("kept_by", "")
    return {"kept": fields, "kept_path": page_of_ours(path) if path else "", "kept_by": by}


def carry_on(actor: Actor) -> Response:
    """After somebody has signed in: their kept words to send once more, or the page they came for, or their home."""
    path = page_of_ours(request.form.get("kept_path", ""))
    fields = [(name.removeprefix(_MARK), value) for name, value in _fields() if name.startswith(_MARK)]
    if fields and _is_by(actor):
        return page("carry_on.html", is_bare=True, kept=fields, kept_path=path, is_partners=actor.is_partner)
    target = path if path != "/" and not fields else home_of(actor)
    return make_response(redirect(target, 303))


def _fields() -> Sequence[tuple[str, str]]:
    return [(name, value) for name, values in request.form.lists() for value in values]


def _owner() -> UUID | None:
    parsed = tokens.parse(request.cookies.get(COOKIE, ""))
    if parsed is None:
        return None
    with database().transaction(Scope(parsed.practice_id, None, "sign_in")) as db:
        return owner_of_sign_in(db, token_hash=parsed.digest)


def _is_by(actor: Actor) -> bool:
    try:
        return bool(
            _signer().loads(request.form.get("kept_by", ""), max_age=_LONGEST_S) == str(actor.person_id)
        )
    except BadSignature:
        return False


def _signer() -> URLSafeTimedSerializer:
    key = current_app.secret_key
    assert key is not None
    return URLSafeTimedSerializer(key, salt="attune kept words")
