"""A problem on a page, for a person who reads it in a browser: the same words, as a page."""

import json

from flask import Response, make_response, redirect, request

from services.gateway.language import language, page_texts
from services.gateway.pages.frame import page
from services.gateway.pages.kept import kept_words
from services.gateway.pages.ops.sign_in import operator_sign_in_page
from services.gateway.pages.start import demo

_FRAME = ("Content-Type", "Content-Security-Policy", "Referrer-Policy", "Permissions-Policy", "Vary")


def show_problem(response: Response) -> Response:
    """Turn a problem document into a page where the reader wants pages; who is not signed in may sign in."""
    if response.mimetype != "application/problem+json" or request.path.startswith("/api/"):
        return response
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) != "text/html":
        return response
    if response.status_code == 401 and request.path.startswith("/ops"):
        return operator_sign_in_page()
    if response.status_code == 401:
        return sign_in_page()
    problem = json.loads(response.get_data())
    title = problem.get("title") or page_texts(language())["problem_title"]
    shown = page("problem.html", is_bare=True, title=title, detail=problem.get("detail", ""))
    response.set_data(shown.get_data())
    for name in _FRAME:
        response.headers[name] = shown.headers[name]
    return response


def sign_in_page(status: int = 200) -> Response:
    """The ways in; what was being sent when the sign-in ended waits on it."""
    kept = kept_words()
    if not kept["kept"] and request.method != "GET":
        return make_response(redirect("/", 303))
    return page("sign_in.html", status, is_bare=True, **demo(), **kept)
