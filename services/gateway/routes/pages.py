"""The few pages there are: the start page with its demo, who you are once signed in, and an invitation's door.

They work without JavaScript; what changes something is a form, taken only from a page of ours.
"""

import json
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    g,
    make_response,
    redirect,
    render_template,
    request,
    send_from_directory,
)

from services.gateway import queries
from services.gateway.commands import accounts, invitations
from services.gateway.context import (
    demo_slug,
    enter_by_slug,
    limit,
    real_now,
    token_maker,
)
from services.gateway.identity import forget_sign_in, keep_signed_in
from services.gateway.language import language, page_texts
from services.gateway.names import learn_missing_names, nameless
from services.gateway.routes.demo import demo_people
from services.gateway.routes.invitations import enter_by_token
from services.gateway.sections import sections_for
from shared.errors import NotFound
from shared.web.actor import PUBLIC
from shared.web.context import admit_by_role, current_actor, now, transaction

bp = Blueprint("pages", __name__, template_folder="../templates")
_CSP = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)


@bp.get("/")
def show_start() -> Response:
    admit_by_role()
    if PUBLIC not in current_actor().roles:
        return _home()
    slug = demo_slug()
    people = demo_people(slug) if slug else []
    shown = [{**_person(one), "person_id": one.person_id} for one in people]
    return _page("start.html", is_demo=slug is not None, slug=slug, people=shown)


@bp.post("/demo/sign-in")
def sign_in() -> Response:
    enter_by_slug(request.form.get("practice", ""))
    limit("sign_in")
    with transaction() as db:
        sign_in_id = accounts.sign_in_to_demo(
            db, person_id=_id(request.form.get("person_id", "")), tokens=token_maker(), at=real_now()
        )
        view = queries.sign_in_view(db, sign_in_id, tokens=token_maker(), at=real_now())
    return keep_signed_in(_to_start(), view["token"])


@bp.post("/sign-out")
def sign_out() -> Response:
    admit_by_role()
    if "sign_in_id" in g:
        with transaction() as db:
            accounts.sign_out(db, sign_in_id=g.sign_in_id, at=real_now())
    return forget_sign_in(_to_start())


@bp.get("/i/<string:token>")
def show_invitation(token: str) -> Response:
    """Only asks: a program that looks at links in mails must not use the invitation up."""
    enter_by_token(token)
    with transaction() as db:
        return _page("invitation.html", **_practice(db), token=token)


@bp.post("/i/<string:token>")
def accept_invitation(token: str) -> Response:
    token_hash = enter_by_token(token)
    with transaction() as db:
        sign_in_id = invitations.accept_invitation(
            db, token_hash=token_hash, tokens=token_maker(), now=now(db), real_now=real_now()
        )
        view = queries.sign_in_view(db, sign_in_id, tokens=token_maker(), at=real_now())
    learn_missing_names(view["practice_id"], [view["person_id"]])
    return keep_signed_in(_to_start(), view["token"])


@bp.get("/static/<path:name>")
def static(name: str) -> Response:
    admit_by_role()
    response = send_from_directory(bp.root_path + "/../static", name)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def show_problem(response: Response) -> Response:
    """A problem on a page, for a person who reads it in a browser: the same words, as a page."""
    if response.mimetype != "application/problem+json" or request.path.startswith("/api/"):
        return response
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) != "text/html":
        return response
    problem = json.loads(response.get_data())
    title = problem.get("title") or page_texts(language())["problem_title"]
    page = _page("problem.html", title=title, detail=problem.get("detail", ""))
    response.set_data(page.get_data())
    for name in ("Content-Type", "Content-Security-Policy", "Referrer-Policy"):
        response.headers[name] = page.headers[name]
    return response


def _home() -> Response:
    actor = current_actor()
    if actor.is_partner:
        learn_missing_names(actor.practice_id, nameless(actor.practice_id, [actor.person_id]))
    with transaction() as db:
        me = _person(queries.account(db, actor.person_id))
        practice = _practice(db)
    texts = page_texts(language())
    return _page("home.html", **practice, me=me, sections=sections_for(actor, texts))


def _person(account: Any) -> dict[str, Any]:
    texts = page_texts(language())
    named = ", ".join(texts.get(f"role_{role}", role) for role in account.roles)
    return {"display_name": account.display_name, "roles": named}


def _practice(db: Any) -> dict[str, Any]:
    view = queries.practice_view(db, current_actor().practice_id)
    return {"practice_name": view["name"], "is_demo": view["is_demo"]}


def _page(template: str, **values: Any) -> Response:
    lang = language()
    values.setdefault("is_demo", False)
    response = make_response(render_template(template, t=page_texts(lang), lang=lang, **values))
    response.headers["Content-Security-Policy"] = _CSP
    # Not no-referrer: browsers would then send `Origin: null` with our own forms.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


def _to_start() -> Response:
    return make_response(redirect("/", 303))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
