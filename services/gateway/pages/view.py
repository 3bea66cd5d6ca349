"""Choosing how pages look and speak."""

from urllib.parse import urlsplit

from flask import Response, make_response, redirect, request

from services.gateway import cookies
from services.gateway.pages import bp
from services.gateway.view import COOKIE, LANGUAGES, READINGS, THEMES, View, chosen, one_of


@bp.post("/view")
def choose_view() -> Response:
    """Remember the choices of a form, and go back to the page it was on."""
    before = chosen()
    view = View(
        one_of(request.form.get("language", before.language), LANGUAGES, before.language),
        one_of(request.form.get("theme", before.theme), THEMES, before.theme),
        one_of(request.form.get("reading", before.reading), READINGS, before.reading),
    )
    response = make_response(redirect(page_of_ours(request.form.get("next", "/")), 303))
    return cookies.keep(response, COOKIE, f"{view.language}.{view.theme}.{view.reading}", lasts_s=365 * 86400)


def page_of_ours(path: str) -> str:
    """`path` where it is a page of this host, else the start page: a form can't lead anywhere else."""
    try:
        parts = urlsplit(path)
    except ValueError:  # half an address in brackets
        return "/"
    is_ours = path.startswith("/") and not path.startswith("//") and not parts.scheme and not parts.netloc
    return path if is_ours and "\\" not in path and path.isprintable() else "/"
