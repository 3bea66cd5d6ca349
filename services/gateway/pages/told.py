"""What one partner told the practitioners: their words, and what joint work may make of them. Each look is recorded."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway.pages import bp
from services.gateway.pages.care import care_page, order, others, partners_of, what_is_wrong
from services.gateway.pages.forms import Sent
from services.gateway.pages.parts import Ask, gather
from shared.errors import NotFound


@bp.get("/couples/<uuid:couple_id>/told/<uuid:person_id>")
def show_told(couple_id: UUID, person_id: UUID) -> Response:
    return _told(couple_id, person_id)


@bp.post("/couples/<uuid:couple_id>/told/<uuid:person_id>/intention/<string:part>")
def tell_first_of_intention(couple_id: UUID, person_id: UUID, part: str) -> Response:
    """With the version that was read: words that were changed since are not taken as told."""
    version = request.form.get("version", "")
    path = f"couples/{couple_id}/partners/{person_id}/intention/{part}/told-first"
    sent = order("intake", "POST", path, {}, etag=f'"{version if version.isdecimal() else 0}"')
    return _done(couple_id, person_id, sent)


@bp.post("/couples/<uuid:couple_id>/told/<uuid:person_id>/journal/<uuid:shared_id>")
def tell_first_of_entry(couple_id: UUID, person_id: UUID, shared_id: UUID) -> Response:
    path = f"couples/{couple_id}/partners/{person_id}/journal/{shared_id}/told-first"
    return _done(couple_id, person_id, order("integration", "POST", path, {}))


def _done(couple_id: UUID, person_id: UUID, sent: Sent) -> Response:
    if not sent.is_done:
        return _told(couple_id, person_id, wrong=what_is_wrong(sent))
    return make_response(redirect(f"/couples/{couple_id}/told/{person_id}", 303))


def _told(couple_id: UUID, person_id: UUID, *, wrong: Mapping[str, Any] | None = None) -> Response:
    one = f"couples/{couple_id}/partners/{person_id}"
    parts = gather(
        couple=Ask("intake", f"couples/{couple_id}", is_main=True),
        intention=Ask("intake", f"{one}/intention", is_main=True),
        journal=Ask("integration", f"{one}/journal", {"limit": "100"}),
    )
    partners = partners_of(parts["couple"].data)
    person = next((partner for partner in partners if partner["id"] == str(person_id)), None)
    if person is None:
        raise NotFound
    return care_page(
        "told.html",
        wrong=wrong,
        couple_id=couple_id,
        person=person,
        other=others(partners, str(person_id)),
        written=[part for part in parts["intention"].data["parts"] if part["text"]],
        journal=parts["journal"],
    )
