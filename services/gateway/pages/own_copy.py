"""A copy of everything that is a partner's own, to take along: one file to read, or the same for other programs."""

import json
from threading import BoundedSemaphore
from typing import Any

from flask import Response, render_template, request

from services.gateway import queries
from services.gateway.context import limit_person
from services.gateway.language import language, page_texts
from services.gateway.pages import bp, moments
from services.gateway.pages.channels import BY_NAME
from services.gateway.pages.frame import page
from services.gateway.pages.own_things import OWN, copy_of, missing
from services.gateway.pages.parts import Part, gather
from services.gateway.pages.questions import BY_PART
from shared.errors import TooManyRequests
from shared.web.context import current_actor, now, transaction

AT_ONCE = BoundedSemaphore(2)
"""Copies that one process makes at the same time: what they ask for at length must not keep others' pages waiting."""
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'",
    "Vary": "Accept-Language, Cookie",
}


@bp.post("/more/privacy/copy")
def make_own_copy() -> Response:
    """Whole, or none: a copy with a part left out would look like all there is. Its name says nothing of what it is."""
    limit_person("own_copy")
    found = _everything()
    if absent := missing(found):
        return page("partner/own_copy_not_now.html", 503, absent=absent)
    with transaction() as db:
        practice = queries.practice_view(db, current_actor().practice_id)
        account = queries.find_account(db, current_actor().person_id)
        at = now(db)
    person = account.display_name if account is not None else None
    copy = copy_of(found, person=person, practice=practice["name"], at=at)
    if request.form.get("as") == "data":
        return _file("copy.json", "application/json", json.dumps(copy, ensure_ascii=False, indent=1))
    return _file("copy.html", "text/html", _to_read(copy, zone=practice["zone"]))


def _everything() -> dict[str, Part]:
    if not AT_ONCE.acquire(blocking=False):
        raise TooManyRequests
    try:
        return gather(**OWN)
    finally:
        AT_ONCE.release()


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
    )


def _file(name: str, mimetype: str, content: str) -> Response:
    response = Response(content, content_type=f"{mimetype}; charset=utf-8", headers=_HEADERS)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
