"""A copy of everything that is a partner's own, to take along: one file to read, or the same for other programs."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, redirect, render_template, request
from sqlalchemy.orm import Session

from services.gateway import queries
from services.gateway.context import allowance_of_person
from services.gateway.language import language, page_texts
from services.gateway.pages import bp, moments
from services.gateway.pages.at_once import AtOnce
from services.gateway.pages.channels import BY_NAME
from services.gateway.pages.frame import page
from services.gateway.pages.journal import is_other
from services.gateway.pages.own_parts import torn
from services.gateway.pages.own_things import OWN, copy_of, missing
from services.gateway.pages.parts import Part, gather
from services.gateway.pages.questions import BY_PART
from shared.audit.looks import Act, Look, Subject, begin
from shared.errors import Unavailable
from shared.web.context import current_actor, now, transaction

AT_ONCE = AtOnce(most=3, queue=2, wait_s=20.0)
"""What copies ask for at length must not keep others' pages waiting."""
_CENTRE = "/more/privacy"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'",
    "Vary": "Accept-Language, Cookie",
}


class _PartsMissing(Exception):
    """`absent`: what can't be had now, as keys of texts."""

    def __init__(self, absent: list[str]) -> None:
        super().__init__(*absent)
        self.absent = absent


@bp.get("/more/privacy/copy")
def go_to_own_copy() -> Response:
    """Who comes back here, from a proof or an old address, finds the buttons at the centre."""
    return make_response(redirect(_CENTRE, 303))


@bp.post("/more/privacy/copy")
def make_own_copy() -> Response:
    """Whole, or none: a copy with a part left out would look like all there is. Its name says nothing of what it is.

    Only check-ins can be left out, by whose they are; the copy says so.
    """
    actor = current_actor()
    leaves_out = frozenset(request.form.getlist("without")) & {"check_ins"}
    try:
        with AT_ONCE.one_of((actor.practice_id, actor.person_id)), allowance_of_person("own_copy"):
            return _made({name: ask for name, ask in OWN.items() if name not in leaves_out})
    except _PartsMissing as error:
        shown = page("partner/own_copy_not_now.html", 503, absent=error.absent, leaves_out=leaves_out)
        shown.headers["Retry-After"] = str(Unavailable.retry_after_s)
        return shown


def _made(asked: Mapping[str, Any]) -> Response:
    found = _everything(asked)
    if absent := missing(found):
        raise _PartsMissing(absent)
    with transaction() as db:
        practice = queries.practice_view(db, current_actor().practice_id)
        account = queries.find_account(db, current_actor().person_id)
        at = now(db)
        _write_down(db)
    person = account.display_name if account is not None else None
    copy = copy_of(found, person=person, practice=practice["name"], at=at)
    if request.form.get("as") == "data":
        return _file("copy.json", "application/json", json.dumps(copy, ensure_ascii=False, indent=1))
    return _file("copy.html", "text/html", _to_read(copy, zone=practice["zone"]))


def _write_down(db: Session) -> None:
    """That a copy was made: a row of its own, since the rule's would also tell of every try that came to nothing."""
    actor = current_actor()
    whose = Subject(about_id=actor.person_id)
    begin(
        db,
        Look(actor.person_id, actor.role_name(), Act.READ, "account", "self", request.endpoint or "", whose),
    )


def _everything(asked: Mapping[str, Any]) -> dict[str, Part]:
    """All parts. What changed between two looks that belong together is looked at once more."""
    found = gather(**asked)
    if again := torn(found):
        found |= gather(**{name: asked[name] for name in again})
    return found


def _to_read(copy: dict[str, Any], *, zone: str) -> str:
    """A page that needs nothing beside itself. Days stand in the practice's time, sessions in their place's."""
    return render_template(
        "partner/own_copy.html",
        t=page_texts(language()),
        lang=language(),
        moment=moments.Words(language()),
        zone=zone,
        copy=copy,
        questions=BY_PART,
        channels=BY_NAME,
        is_other=is_other,
    )


def _file(name: str, mimetype: str, content: str) -> Response:
    response = Response(content, content_type=f"{mimetype}; charset=utf-8", headers=_HEADERS)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
