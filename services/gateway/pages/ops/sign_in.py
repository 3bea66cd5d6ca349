"""An operator's way in and out: the platform's key for operators, and who they say they are."""

from flask import Response, g, make_response, redirect, request

from services.gateway.commands.operator_sign_ins import end_operator_sign_in, start_operator_sign_in
from services.gateway.context import database, limit, real_now, token_maker
from services.gateway.language import language, page_texts
from services.gateway.operators import ALONE, forget_operator, is_operator_key, keep_operator
from services.gateway.pages import bp
from services.gateway.pages.forms import Sent, wrong
from services.gateway.pages.frame import page

_LONGEST_NAME = 64


@bp.get("/ops/sign-in")
def show_operator_sign_in() -> Response:
    return operator_sign_in_page()


@bp.post("/ops/sign-in")
def sign_in_operator() -> Response:
    limit("operator_sign_in")
    texts, by = page_texts(language()), request.form.get("by", "").strip()
    errors = {}
    if not (0 < len(by) <= _LONGEST_NAME and by.isprintable()):
        errors["by"] = texts["ops_by_missing"]
    if not is_operator_key(request.form.get("key", "").strip()):
        errors["key"] = texts["ops_key_wrong"]
    if errors:
        return operator_sign_in_page(422, Sent(errors=errors))
    with database().transaction(ALONE) as db:
        token = start_operator_sign_in(db, by=by, tokens=token_maker(), at=real_now())
    return keep_operator(make_response(redirect("/ops/services", 303)), token)


@bp.post("/ops/sign-out")
def sign_out_operator() -> Response:
    with database().transaction(ALONE) as db:
        end_operator_sign_in(db, sign_in_id=g.operator.sign_in_id, at=real_now())
    response = make_response(redirect("/ops/sign-in", 303))
    response.headers["Clear-Site-Data"] = '"cache"'
    return forget_operator(response)


def operator_sign_in_page(status: int = 200, sent: Sent | None = None) -> Response:
    """The form, also in place of any of these pages when nobody is signed in for them."""
    return page("ops/sign_in.html", status, is_bare=True, **wrong(sent))
