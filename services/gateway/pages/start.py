"""Before anybody is known: the start page with its demo, the door of an invitation, and leaving."""

from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway import queries
from services.gateway.ceremonies.links import enter_by_link, follow_link
from services.gateway.ceremonies.signing_in import sign_in_to_demo
from services.gateway.context import demo_slug
from services.gateway.identity import keep_signed_in
from services.gateway.language import language, page_texts
from services.gateway.names import learn_missing_names
from services.gateway.pages import bp
from services.gateway.pages.frame import home_of, page
from services.gateway.pages.kept import carry_on
from services.gateway.pages.signed_in import actor_of, signed_in
from services.gateway.routes.demo import demo_people
from shared.errors import NotFound
from shared.web.actor import PUBLIC
from shared.web.context import current_actor, transaction


@bp.get("/")
def show_start() -> Response:
    if PUBLIC not in current_actor().roles:
        return make_response(redirect(home_of(current_actor()), 303))
    return page("start.html", is_bare=True, **demo())


def demo() -> dict[str, Any]:
    """The demo's people, each with their roles in words, if there is a demo."""
    texts, slug = page_texts(language()), demo_slug()
    people = [
        {
            "person_id": one.person_id,
            "display_name": one.display_name,
            "roles": ", ".join(texts.get(f"role_{role}", role) for role in one.roles),
        }
        for one in (demo_people(slug) if slug else [])
    ]
    return {"is_demo": slug is not None, "slug": slug, "people": people}


@bp.post("/demo/sign-in")
def sign_in() -> Response:
    practice, person_id = request.form.get("practice", ""), _id(request.form.get("person_id", ""))
    view = sign_in_to_demo(signed_in, practice=practice, person_id=person_id)
    return keep_signed_in(carry_on(actor_of(view)), view)


@bp.get("/i/<string:token>")
def show_invitation(token: str) -> Response:
    """Only asks: a program that looks at links in mails must not use the invitation up."""
    enter_by_link(token)
    with transaction() as db:
        practice = queries.practice_view(db, current_actor().practice_id)
    known = {"practice_name": practice["name"], "is_demo": practice["is_demo"]}
    return page("invitation.html", is_bare=True, token=token, **known)


@bp.post("/i/<string:token>")
def accept_invitation(token: str) -> Response:
    view = follow_link(signed_in, token=token)
    learn_missing_names(view["practice_id"], [view["person_id"]])
    return keep_signed_in(make_response(redirect("/", 303)), view)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
