"""Signing out, and the quick exit: nothing of what was open can be come back to."""

from flask import Response, g, make_response, redirect

from services.gateway.commands import accounts
from services.gateway.context import real_now
from services.gateway.identity import forget_sign_in
from services.gateway.pages import bp
from services.gateway.pages.frame import page
from shared.web.context import transaction

_NOTHING_KEPT = '"cache", "storage"'


@bp.post("/sign-out")
def sign_out() -> Response:
    return _leave(make_response(redirect("/", 303)))


@bp.post("/exit")
def exit_quickly() -> Response:
    """Sign out and show an empty page with a name that says nothing."""
    return _leave(page("exit.html", is_bare=True, is_demo=False))


def _leave(response: Response) -> Response:
    if "sign_in_id" in g:
        with transaction() as db:
            accounts.sign_out(db, sign_in_id=g.sign_in_id, at=real_now())
    response.headers["Clear-Site-Data"] = _NOTHING_KEPT
    return forget_sign_in(response)
