"""The frame that every page stands in: its head, the places of a person's bar, and what a browser may do with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, g, make_response, render_template, request
from flask_wtf.csrf import generate_csrf

from services.gateway import queries
from services.gateway.language import language, page_texts
from services.gateway.pages import moments
from services.gateway.pages.files import address_of
from services.gateway.pages.known import is_demo_here
from services.gateway.view import chosen
from shared.ids import NIL, shown_id
from shared.web.actor import ADMINS, CLINICIANS, DESK, OPERATOR, PUBLIC, Actor
from shared.web.context import current_actor, transaction

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Place:
    """One place of the bar. It is the current one on every page whose address begins with its own."""

    path: str
    name: str
    icon: str


_PARTNER = (
    Place("/today", "nav_today", "sun"),
    Place("/prepare", "nav_prepare", "sprout"),
    Place("/journal", "nav_journal", "book-open"),
    Place("/sessions", "nav_sessions", "calendar"),
    Place("/more", "nav_more", "ellipsis"),
)
_CLINICIAN = (
    Place("/day", "nav_day", "sun"),
    Place("/couples", "nav_couples", "users"),
    Place("/safety", "nav_safety", "shield"),
    Place("/more", "nav_more", "ellipsis"),
)
_DESK = (
    Place("/desk", "nav_desk", "calendar"),
    Place("/couples", "nav_couples", "users"),
    Place("/messages", "nav_messages", "mail"),
    Place("/more", "nav_more", "ellipsis"),
)
_ADMIN = (
    Place("/practice", "nav_practice", "building-2"),
    Place("/team", "nav_team", "users"),
    Place("/more", "nav_more", "ellipsis"),
)
_OPERATOR = (
    Place("/ops/services", "nav_ops", "server"),
    Place("/ops/events", "nav_ops_events", "radio"),
    Place("/ops/dead-letters", "nav_ops_letters", "inbox"),
    Place("/ops/timers", "nav_ops_timers", "timer"),
    Place("/ops/api", "nav_ops_api", "code"),
)


def places_of(actor: Actor) -> tuple[Place, ...]:
    """A person's places, by their role: of several roles those of each, in order, none twice; six at most."""
    if actor.is_partner:
        return _PARTNER
    if OPERATOR in actor.roles:  # of no practice, and of no other role
        return _OPERATOR
    found: dict[str, Place] = {}
    for roles, places in ((CLINICIANS, _CLINICIAN), (DESK - ADMINS, _DESK), (ADMINS, _ADMIN)):
        if actor.roles & roles:
            found |= {place.path: place for place in places}
    more = found.pop("/more", None)
    return (*list(found.values())[: 5 if more else 6], *([more] if more else []))


def home_of(actor: Actor) -> str:
    """Where a person lands after sign-in."""
    places = places_of(actor)
    return places[0].path if places else "/"


def page(template: str, status: int = 200, *, is_bare: bool = False, **values: Any) -> Response:
    """A page in the reader's language. `is_bare`: without bar and without asking whose it is (public pages)."""
    texts, actor = page_texts(language()), current_actor() if "actor" in g else None
    frame = _bare(values) if is_bare or actor is None else _whose(actor)
    response = make_response(
        render_template(
            template,
            t=texts,
            lang=language(),
            view=chosen(),
            path=request.full_path.rstrip("?") if request.method == "GET" else request.path,
            csrf=generate_csrf(),
            form_key=shown_id(),
            file=address_of,
            moment=moments.Words(language()),
            **{"is_demo": False, "places": (), "me": None, **frame, **values},
        ),
        status,
    )
    response.headers["Content-Security-Policy"] = CSP
    # Not no-referrer: browsers would then send `Origin: null` with our own forms.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), browsing-topics=()"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


def _bare(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a page that asks nobody who they are: only whether it is a demo's, unless it says so itself."""
    return {} if "is_demo" in values else {"is_demo": is_demo_here()}


def _whose(actor: Actor) -> Mapping[str, Any]:
    """What the frame says of practice and person."""
    if "operator" in g:
        me = {"display_name": g.operator.by, "roles": [OPERATOR], "is_partner": False}
        return {"me": me, "places": places_of(actor)}
    if actor.practice_id == NIL:
        return {}
    with transaction() as db:
        practice = queries.practice_view(db, actor.practice_id)
        account = queries.find_account(db, actor.person_id)
    known = {"practice_name": practice["name"], "is_demo": practice["is_demo"], "zone": practice["zone"]}
    if PUBLIC in actor.roles or account is None:
        return known
    me = {"display_name": account.display_name or "", "roles": account.roles, "is_partner": actor.is_partner}
    return {**known, "me": me, "places": places_of(actor)}
