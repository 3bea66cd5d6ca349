"""P2 at the door: what is denied there, by its own routes, pages and what it passes on, is told from nothing by nobody.

Bytes, headers and statements, the gateway's and those of every service it asks, are compared: once with the ids of
things that are there, once with ids of nothing. What is new in every answer (a form's token and key) is left out.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.gateway import queries
from services.gateway.commands import challenges, keys, sign_ins
from services.gateway.models import Passkey, SignIn
from services.gateway.pages import couple
from services.gateway.pages.care import place
from services.gateway.pages.parts import Ask, gather
from services.gateway.problems import LastMeans
from shared.db.tenancy import Scope
from shared.web.actor import PUBLIC, Actor
from tests.chassis.routes import Route, routes_of
from tests.chassis.statements import recorded
from tests.chassis.test_denied_statements import WRITES, Scene, routes, scene
from tests.gateway.door import Door
from tests.gateway.visitor import BASE, Visitor
from tests.privacy.home import signed_in
from tests.world.world import World

__all__ = ["scene"]
pytestmark = pytest.mark.P2

STRANGERS = ("ana", "practitioner", "elsewhere", "office elsewhere", PUBLIC)
"""Whom nothing here of Bo's, or of the practice's, is for: each asks where their role is named at all."""

EVERYBODYS = {
    "pages.open_in_emergency": "any clinician may break the glass of any couple, and hears whether there is one",
    "gateway.sign_in_to_demo": "of a demo everybody is listed, to be signed in as",
    "gateway.book_consultation": "whoever has the id of an enquiry is who enquired",
}
"""What is there is nobody's secret, or the id itself is what admits."""
REFUSED: Mapping[str, set[int]] = {
    "gateway.add_passkey": {403},
    "gateway.prove_by_passkey": {403},
    "gateway.sign_in_by_passkey": {403},
    "pages.finish_openid": {403},  # whatever the practice is, this browser did not leave from there
    "pages.show_emergency": {200},  # the form: it asks nobody whether there is such a couple
    "pages.remove_passkey": {200},  # one's own ways to sign in, with the sentence that there is no such
}
"""Where a refusal is said otherwise than by 404."""
PASSED_ON_TO_ANY = {
    "intake.open_break_glass": "any clinician may, and hears whether there is such a couple",
}
FORM = {
    "act": "withdraw", "answer": "words", "audience": "partner", "channel": "feelings", "code": "not-a-code",
    "decision": "not_yet", "duration_min": "50", "email": "ana@example.org", "kind": "preparation",
    "note": "words", "policy": "no_secrets", "reason": "words", "text": "words", "version": "1",
}  # fmt: skip
"""Fields that fit one form or another."""
_NEW = re.compile(rb'(name="(?:csrf_token|form_key)" value=)"[^"]*"')
_SEEN = "UPDATE sign_in SET seen_at="
"""Once a minute the asker's own sign-in notes that it is used: by the clock, whatever was asked for."""

Answer = tuple[int, bytes, list[tuple[str, str]]]


@dataclass
class Strangers:
    """They at the gateway: each a browser that is signed in; and ids of what is there and none of theirs."""

    scene: Scene
    browsers: dict[str, Visitor]
    things: dict[str, list[str]]

    def asking(self, route: Route) -> Iterator[tuple[str, Visitor]]:
        for who, browser in self.browsers.items():
            if (PUBLIC if who == PUBLIC else self.scene.people[who][2]) in route.roles:
                yield who, browser


@pytest.fixture(scope="module")
def strangers(world: World, scene: Scene) -> Strangers:
    home, app = scene.home, world.sides["gateway"].app
    door = Door(world, app)
    browsers = {PUBLIC: Visitor(door), "ana": Visitor(door, cookie=_token(home.cookie))}
    for who, practice in (
        ("practitioner", home.practice), ("elsewhere", home.practice),
        ("office elsewhere", door.create_practice().id),
    ):  # fmt: skip
        _, person_id, role = scene.people[who]
        assert person_id is not None
        browsers[who] = Visitor(door, cookie=_token(signed_in(world, practice, person_id, role)))
    for browser in browsers.values():
        assert browser.get("/ways-in").status_code in (200, 401)
    for role, person_id in (("partner", home.bo_id), ("practitioner", home.therapist_id)):
        signed_in(world, home.practice, person_id, *(() if role == "partner" else (role,)))
    desk = home.desk("intake")
    contact = {"contact_id": str(uuid4()), "display_name": "Cleo"}
    enquiry = world.caller("intake", home.practice, None, PUBLIC).post("/enquiries", contact)
    world.pump()
    assert desk.get("/enquiries").json["items"]
    return Strangers(
        scene,
        browsers,
        {
            **scene.things,
            "session_id": home.made["bo's"],
            "person_id": [str(home.bo_id), str(home.therapist_id)],
            "practice_id": [str(home.practice)],
            "enquiry_id": [enquiry.json["enquiry_id"]],
            **_at_the_gateway(world, home.practice, home.bo_id),
        },
    )


def _token(cookie: Mapping[str, str]) -> str:
    return cookie["Cookie"].partition("=")[2]


def _at_the_gateway(world: World, practice: UUID, bo_id: UUID) -> dict[str, list[str]]:
    """Bo's passkey, sign-in and challenge, and a key of the practice."""
    app, at = world.sides["gateway"].app, world.clock()
    with app.extensions["attune_database"].transaction(Scope(practice)) as db:
        passkey = Passkey(
            person_id=bo_id, credential_id=secrets.token_bytes(16), public_key=b"none", sign_count=0, name="Bo's",
            added_at=at,
        )  # fmt: skip
        db.add(passkey)
        db.flush()
        asked = [
            challenges.make_challenge(db, purpose=purpose, person_id=bo_id, at=at)
            for purpose in (challenges.PROVE, challenges.REGISTER)
        ]
        tokens = app.extensions["gateway_tokens"]
        made = {"name": "Website", "scopes": ["couples:read"], "lasts_days": 30, "made_by": bo_id}
        key_id = keys.make_key(db, **made, tokens=tokens, at=at)  # type: ignore[arg-type]
        sign_in_id = db.scalars(select(SignIn.id).where(SignIn.person_id == bo_id)).one()
        return {
            "passkey_id": [str(passkey.id)],
            "sign_in_id": [str(sign_in_id)],
            "challenge_id": [str(one) for one in asked],
            "key_id": [str(key_id)],
        }


def of_the_gateway(world: World, things: Mapping[str, Any]) -> list[Route]:
    """Its own routes and pages that name something by an id, but for the operators'."""
    every = routes_of("gateway", world.sides["gateway"].app)
    named = [one for one in every if one.ids or set(one.body) & set(things)]
    return [one for one in named if one.roles != {"operator"} and one.endpoint not in EVERYBODYS]


def send(
    browser: Visitor, world: World, route: Route, ids: Mapping[str, str], slug: str
) -> tuple[Answer, list[str]]:
    """The answer, without the ids that were asked for and what is new each time; and the statements it took."""
    path = route.path(**{name: value for name, value in ids.items() if name in route.ids}, slug=slug)
    with recorded(world) as statements:
        if route.is_form and route.method == "POST":
            answer = browser.post(path, {**FORM, "form_key": str(uuid4())})
        elif route.is_form:
            answer = browser.get(path)
        else:
            body = {**route.body, **{name: value for name, value in ids.items() if name in route.body}}
            if "practice" in body:
                body["practice"] = slug
            headers = {"Idempotency-Key": secrets.token_hex(16), "Origin": BASE, "If-Match": '"1"'}
            answer = browser._client.open(
                path,
                method=route.method,
                base_url=BASE,
                headers=headers,
                json=body if route.method != "GET" else None,
            )
        taken = [one for one in statements if not one.startswith(_SEEN)]
        if route.is_form:  # the parts of a page are asked at the same time: their order is by chance
            taken.sort()
    data = _NEW.sub(rb'\1""', answer.data)
    for name, value in ids.items():
        data = data.replace(value.encode(), name.encode())
    headers_sent = sorted(
        (name, "" if name == "Set-Cookie" else value) for name, value in answer.headers.items()
    )
    return (answer.status_code, data, headers_sent), taken


def told_apart(world: World, strangers: Strangers, route: Route) -> tuple[list[str], set[int]]:
    """Where a stranger is answered otherwise of what is there than of nothing; and how they were answered."""
    found: list[str] = []
    statuses: set[int] = set()
    slug = slug_of(world, strangers)
    names = [*route.ids, *(name for name in route.body if name in strangers.things and name not in route.ids)]
    for who, browser in strangers.asking(route):
        for ids in product(*(strangers.things[name] for name in names)):
            there = dict(zip(names, ids, strict=True))
            nothing = {name: str(uuid4()) for name in names}
            answers = [send(browser, world, route, one, slug) for one in (nothing, there)]
            if answers[0] != answers[1]:
                found.append(f"{who}: {route} {there}:\n  {answers[1]}\n  is not\n  {answers[0]}")
            statuses.add(answers[1][0][0])
    return found, statuses


def slug_of(world: World, strangers: Strangers) -> str:
    app, practice = world.sides["gateway"].app, strangers.scene.home.practice
    with app.extensions["attune_database"].transaction(Scope(practice)) as db:
        return str(queries.practice_view(db, practice)["slug"])


def test_by_its_own_routes_and_pages_nothing_is_told_from_what_is_not_there(
    world: World, strangers: Strangers
) -> None:
    unlike: list[str] = []
    refused: dict[str, set[int]] = {}
    asked = of_the_gateway(world, strangers.things)
    assert len(asked) >= 55
    for route in asked:
        found, refused[route.endpoint] = told_apart(world, strangers, route)
        unlike += found
    assert not unlike, "\n".join(unlike)
    assert {name: how for name, how in refused.items() if how != {404}} == REFUSED


def test_nor_by_what_it_passes_on(world: World, strangers: Strangers) -> None:
    """The services' own answers are compared in test_denied_statements; here as they come out of the door."""
    unlike: list[str] = []
    asked = [one for one in routes(world, "GET", *WRITES) if set(one.ids) & set(strangers.things)]
    assert len(asked) >= 40
    for route in asked:
        if route.endpoint not in PASSED_ON_TO_ANY:
            unlike += told_apart(world, strangers, route)[0]
    assert not unlike, "\n".join(unlike)


# ---- the test of the test -----------------------------------------------------------------------------------


def the_route(world: World, strangers: Strangers, endpoint: str) -> Route:
    (route,) = (one for one in of_the_gateway(world, strangers.things) if one.endpoint == endpoint)
    return route


def test_a_statement_more_of_the_gateway_s_own_is_found(
    world: World, strangers: Strangers, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = queries.may_confirm_recovery

    def curious(db: Session, actor: Actor, person_id: UUID) -> bool:
        if person_id == strangers.scene.home.bo_id:
            db.scalar(select(Passkey.id).limit(1))
        return honest(db, actor, person_id)

    monkeypatch.setattr(queries, "may_confirm_recovery", curious)
    assert told_apart(world, strangers, the_route(world, strangers, "gateway.confirm_recovery"))[0]


def test_another_word_for_what_is_there_is_found(
    world: World, strangers: Strangers, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = sign_ins.end_sign_in

    def telling(db: Session, *, sign_in_id: UUID, **kw: Any) -> UUID:
        if str(sign_in_id) in strangers.things["sign_in_id"]:
            raise LastMeans
        return honest(db, sign_in_id=sign_in_id, **kw)

    monkeypatch.setattr(sign_ins, "end_sign_in", telling)
    for endpoint in ("gateway.end_own_sign_in", "pages.end_own_sign_in"):
        assert told_apart(world, strangers, the_route(world, strangers, endpoint))[0]


def test_a_question_more_of_a_page_is_found(
    world: World, strangers: Strangers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def curious() -> Any:
        if str(strangers.scene.home.couple_id) in request.path:
            gather(rooms=Ask("sessions", "rooms"))
        return place()

    monkeypatch.setattr(couple, "place", curious)
    assert told_apart(world, strangers, the_route(world, strangers, "pages.show_couple"))[0]
