"""A problem on a page, for a person who reads it in a browser: the same words, as a page."""

import json
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Response, make_response, redirect, request

from services.gateway.language import language, page_texts
from services.gateway.pages.frame import page
from services.gateway.pages.kept import kept_words
from services.gateway.pages.known import is_partners, known_practice
from services.gateway.pages.ops.sign_in import operator_sign_in_page
from services.gateway.pages.start import demo
from services.gateway.pages.view import page_of_ours
from services.gateway.pages.ways_in.asking import proof_page
from services.gateway.policy import NEED_PROOF
from services.gateway.problems import SetUpFirst, StepUpNeeded

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
        return sign_in_after_the_end()
    problem = json.loads(response.get_data())
    if problem.get("code") == SetUpFirst.code:
        return make_response(redirect("/ways-in", 303))
    if problem.get("code") == StepUpNeeded.code:
        if request.method == "POST" and request.endpoint not in NEED_PROOF:
            return proof_page(**kept_words())
        return make_response(redirect(f"/is-it-you?next={quote(_came_from(), safe='/')}", 303))
    title = problem.get("title") or page_texts(language())["problem_title"]
    shown = page(
        "problem.html",
        is_bare=True,
        title=title,
        detail=problem.get("detail", ""),
        is_partners=is_partners(),
        is_same_for_all=True,
    )
    response.set_data(shown.get_data())
    for name in _FRAME:
        response.headers[name] = shown.headers[name]
    return response


def keep_out_of_caches(response: Response) -> Response:
    """A page that took a problem's place is as private as what it stands for."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def sign_in_after_the_end() -> Response:
    """The ways in; what was being sent when the sign-in ended waits on it."""
    kept = kept_words()
    if not kept["kept"] and request.method != "GET" and not _is_withdrawal():
        return make_response(redirect("/", 303))
    return sign_in_page(**kept)


def sign_in_page(**values: Any) -> Response:
    """The ways in, of the practice that is known here, or was named. A demo's people are not shown at another's."""
    named = (str(values.pop("practice", "")) or request.args.get("practice", "")).strip().lower()
    known, shown = known_practice(named), demo()
    if known["practice"] not in ("", shown["slug"]):
        shown = {}
    if named and not known["practice"] and not shown["people"]:
        unknown = {"practice": page_texts(language())["practice_unknown"]}
        values = {"errors": unknown, "typed": {"practice": named}, **values}
    return page(
        "sign_in.html",
        is_bare=True,
        **{**shown, **known, **values},
        is_partners=is_partners(),
        is_withdrawal=_is_withdrawal(),
    )


def _is_withdrawal() -> bool:
    """Whether somebody said stop just now: that it counts when it is said aloud comes before all else."""
    return "withdraw" in (request.form.get("act"), request.form.get("kept.act"))


def _came_from() -> str:
    """The page to come back to: what was asked for, or where the form was that was sent."""
    if request.method == "GET":
        return page_of_ours(request.full_path.rstrip("?"))
    try:
        return page_of_ours(urlsplit(request.referrer or "/").path)
    except ValueError:
        return "/"
