"""The practice's keys for its own programs: what there is, a new one with its secret shown once, and closing one."""

from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway import key_queries
from services.gateway.context import real_now
from services.gateway.domain import LONGEST_KEY_DAYS
from services.gateway.key_schemas import MakeKey
from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.forms import Sent, attempt, wrong
from services.gateway.pages.frame import page
from services.gateway.routes.keys import make_once, revoke_once
from services.gateway.scopes import SCOPES
from shared.web.context import transaction

_LASTS = (30, 90, LONGEST_KEY_DAYS)


@bp.get("/practice/keys")
def show_keys() -> Response:
    return _page()


@bp.post("/practice/keys")
def make_key() -> Response:
    form, texts = request.form, page_texts(language())
    name = form.get("name", "").strip()
    scopes = [one for one in form.getlist("scope") if one in SCOPES]
    days = form.get("lasts", "")
    errors = {}
    if MakeKey(only=("name",)).validate({"name": name}):
        errors["name"] = texts["keys_name_missing"]
    if not scopes:
        errors["scope"] = texts["keys_scope_missing"]
    if days not in {str(one) for one in _LASTS}:
        errors["lasts"] = texts["keys_lasts_missing"]
    if errors:
        return _page(422, Sent(errors=errors))
    made: list[dict[str, Any]] = []
    sent = attempt(lambda: made.append(make_once(name=name, scopes=scopes, lasts_days=int(days))))
    return _page(made=made[0]) if sent.is_done else _page(409, sent)


@bp.post("/practice/keys/<uuid:key_id>/revoke")
def revoke_key(key_id: UUID) -> Response:
    sent = attempt(lambda: revoke_once(key_id))
    return make_response(redirect("/practice/keys", 303)) if sent.is_done else _page(409, sent)


def _page(status: int = 200, sent: Sent | None = None, made: dict[str, Any] | None = None) -> Response:
    texts = page_texts(language())
    with transaction() as db:
        known = key_queries.keys(db, at=real_now())
    return page(
        "practice/keys.html",
        status,
        keys=known,
        made=made,
        scopes=[(scope, texts[f"scope_{scope.replace(':', '_')}"]) for scope in SCOPES],
        lasts=[(str(days), texts[f"keys_lasts_{days}"]) for days in _LASTS],
        **wrong(sent),
    )
