"""The few pages: readable without JavaScript, closed to other sites, and true to who is looking."""

import html
import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.gateway.commands.accounts import start_sign_in
from services.gateway.context import demo_slug
from services.gateway.models import Account
from services.gateway.queries import sign_in_view
from shared.clock import utcnow
from shared.db.tenancy import Scope
from tests.gateway.door import HERE, Door, Practice, door_to
from tests.gateway.visitor import Visitor
from tests.world.world import World


def _as(practice: Practice, *roles: str) -> dict[str, str]:
    return {"Cookie": f"__Host-attune={practice.sign_in(practice.join_staff(*roles))}"}


def test_the_start_page_says_what_this_is_and_offers_the_demos_people(door: Door, practice: Practice) -> None:
    page = door.get("/")
    assert page.status_code == 200
    assert "Demo: nobody here is real." in page.text
    assert "psychedelic-assisted therapy" in page.text
    assert not re.search(r"<script(?! src=)", page.text)
    assert 'style="' not in page.text
    policy = page.headers["Content-Security-Policy"]
    for part in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
    ):
        assert part in policy
    assert page.headers["Cache-Control"] == "no-store"


def test_one_tap_signs_in_and_one_signs_out(door: Door) -> None:
    """Clicked as a browser does: the first demo of the platform is the one that is shown."""
    oldest = _oldest_demo(door)
    oldest.join_staff("front_desk", name="Fay & <b>")
    visitor = Visitor(door)
    page = visitor.get("/").text
    assert "Fay &amp; &lt;b&gt;" in page
    slug, person_id = re.findall(
        r'name="practice" value="([^"]+)">\s*<input[^>]*name="person_id" value="([^"]+)"', page
    )[-1]
    form = {"practice": slug, "person_id": person_id}
    assert visitor.post("/demo/sign-in", form, Origin="https://elsewhere.example").status_code == 403
    assert visitor.post("/demo/sign-in", {**form, "csrf_token": "of another page"}).status_code == 403
    signed = visitor.post("/demo/sign-in", form)
    assert signed.status_code == 303
    assert visitor.get("/").headers["Location"] == signed.headers["Location"]
    assert visitor.post("/sign-out", Origin="https://elsewhere.example").status_code == 403
    out = visitor.post("/sign-out")
    assert (out.status_code, out.headers["Location"]) == (303, "/")
    assert out.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Look around the demo" in visitor.get("/").text


def test_a_partner_sees_what_is_coming(world: World) -> None:
    zone = "America/Denver"
    medicine = {
        "session_id": str(UUID(int=1)),
        "kind": "medicine",
        "state": "not_scheduled_yet",
        "starts_at": None,
    }
    talk = {"session_id": str(UUID(int=2)), "kind": "preparation", "state": "confirmed"}
    items = [
        {**medicine, "zone": zone},
        {**talk, "zone": zone, "starts_at": "2026-12-01T17:00:00Z", "ends_at": "2026-12-01T18:00:00Z"},
    ]
    answers: dict[str, Any] = {"/api/v1/sessions/me/sessions": {"items": items}}

    def service(request: httpx.Request) -> httpx.Response:
        found = answers.get(request.url.path)
        is_there = found is not None or request.method != "GET"
        return httpx.Response(200 if is_there else 404, json=found or {})

    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    services = {"notify": service, "sessions": service, "intake": service, "integration": service}
    door = door_to(world, services)
    practice = door.create_practice()
    cookie = partner_cookie(world, practice)
    page = door.get("/today", headers=cookie).text
    assert "Long session" in page
    assert "Not scheduled yet" in page
    spanish = door.get("/today", headers={**cookie, "Accept-Language": "es"}).text
    assert '<html lang="es">' in spanish
    assert "Sesión larga" in spanish
    assert "Demostración: aquí nadie es real." in spanish
    chosen = door.get(
        "/today", headers={"Cookie": f"{cookie['Cookie']}; __Host-attune-view=es.dark.easier"}
    ).text
    assert '<html lang="es" data-theme="dark" data-reading="easier">' in chosen
    down = door_to(world, {**services, "sessions": broken})
    assert "This can’t be shown right now" in down.get("/today", headers=cookie).text


def test_words_stay_when_the_sign_in_ends_in_the_middle(door: Door, practice: Practice) -> None:
    """The same person goes on with the same words; another who signs in there sees nothing of them."""
    ines, omar = practice.join_staff("practitioner"), practice.join_staff("practitioner", name="Omar")
    visitor = Visitor(door, cookie=practice.sign_in(ines))
    visitor.get("/couples")
    door.post("/api/v1/sign-out", headers={"Authorization": f"Bearer {visitor.cookie}"})
    asked = visitor.post("/desk/couples/new", {"words": "a long & <hard> answer", "form_key": "k" * 16})
    assert asked.status_code == 200
    assert "What you wrote is still here" in asked.text
    kept = dict(re.findall(r'name="(kept[^"]*)" value="([^"]*)"', asked.text))
    assert html.unescape(kept["kept.words"]) == "a long & <hard> answer"
    way_in = {name: html.unescape(value) for name, value in kept.items()} | {"practice": practice.slug}
    back = visitor.post("/demo/sign-in", {**way_in, "person_id": str(ines)})
    assert back.status_code == 200
    assert 'action="/desk/couples/new"' in back.text
    assert 'name="words" value="a long &amp; &lt;hard&gt; answer"' in back.text
    other = visitor.post("/demo/sign-in", {**way_in, "person_id": str(omar)})
    assert other.status_code == 303
    assert "hard" not in other.text


def test_the_choices_of_a_view_lead_back_to_a_page_of_ours_only(door: Door) -> None:
    visitor = Visitor(door)
    visitor.get("/style")
    for path in (
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "javascript:alert(1)",
    ):
        assert visitor.post("/view", {"language": "es", "next": path}).headers["Location"] == "/"
    assert visitor.post("/view", {"language": "es", "next": "/style"}).headers["Location"] == "/style"
    assert '<html lang="es"' in visitor.get("/style").text
    visitor.post("/view", {"theme": "<script>"})
    assert '<html lang="es">' in visitor.get("/style").text


def test_a_page_that_is_not_there_is_said_in_words(door: Door) -> None:
    page = door.get("/nowhere", headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": "es"})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "Aquí no hay nada" in page.text
    assert "Content-Security-Policy" in page.headers
    assert door.get("/nowhere").mimetype == "application/problem+json"


@pytest.mark.parametrize("name", ["tokens.css", "components.css", "fonts/figtree-latin-wght-normal.woff2"])
def test_the_look_is_served_from_here(door: Door, name: str) -> None:
    answer = door.get(f"/static/{name}")
    assert answer.status_code == 200
    assert "max-age" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("name", ["../app.py", "%2e%2e/app.py", "nothing.css", "/etc/passwd", "fonts"])
def test_nothing_else_is(door: Door, name: str) -> None:
    assert door.get(f"/static/{name}").status_code in (404, 308)


def test_a_real_practice_has_no_demo_banner(door: Door, world: World) -> None:
    real = door.create_practice(is_demo=False)
    page = door.get("/today", headers=partner_cookie(world, real)).text
    assert "nobody here is real" not in page


def test_a_form_takes_forms_only_and_only_with_its_token(door: Door) -> None:
    visitor = Visitor(door)
    visitor.get("/")
    for kind in ("application/json", "text/plain"):
        answer = door.open("POST", "/demo/sign-in", data="{}", headers={**HERE, "Content-Type": kind})
        assert answer.status_code == 415
    assert visitor.post("/demo/sign-in", {"practice": "nowhere"}).status_code == 404


def partner_cookie(world: World, practice: Practice) -> dict[str, str]:
    """A partner with a login, without the way through an invitation."""
    app = practice.door.app
    tokens = app.extensions["gateway_tokens"]
    person_id = practice.register_partner()
    with app.extensions["attune_database"].transaction(Scope(practice.id)) as db:
        db.add(Account(person_id=person_id, display_name=None, roles=["partner"], joined_at=utcnow()))
        db.flush()
        made = start_sign_in(db, person_id=person_id, tokens=tokens, at=utcnow())
        view = sign_in_view(db, made, tokens=tokens, at=utcnow())
    return {"Cookie": f"__Host-attune={view['token']}"}


def _oldest_demo(door: Door) -> Practice:
    with door.app.test_request_context():
        slug = demo_slug()
    if slug is None:
        return door.create_practice()
    shown = door.get(f"/api/v1/practices/{slug}", headers=door.operator()).json
    return Practice(door, UUID(shown["practice_id"]), slug)
