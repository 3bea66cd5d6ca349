"""The few pages: readable without JavaScript, closed to other sites, and true to who is looking."""

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
from tests.world.world import World


def _as(practice: Practice, *roles: str) -> dict[str, str]:
    return {"Cookie": f"__Host-attune={practice.sign_in(practice.join_staff(*roles))}"}


def test_the_start_page_says_what_this_is_and_offers_the_demos_people(door: Door, practice: Practice) -> None:
    page = door.get("/")
    assert page.status_code == 200
    assert "Demo: nobody here is real." in page.text
    assert "psychedelic-assisted therapy" in page.text
    assert "<script" not in page.text
    assert 'style="' not in page.text
    policy = page.headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "style-src 'self'", "font-src 'self'", "form-action 'self'"):
        assert part in policy
    assert page.headers["Cache-Control"] == "no-store"


def test_one_tap_signs_in_and_one_signs_out(door: Door) -> None:
    """Clicked as a browser does: the first demo of the platform is the one that is shown."""
    oldest = _oldest_demo(door)
    client = door.app.test_client()
    here, elsewhere = {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "cross-site"}
    oldest.join_staff("front_desk", name="Fay & <b>")
    page = client.get("/", base_url="https://localhost").text
    assert "Fay &amp; &lt;b&gt;" in page
    forms = re.findall(
        r'name="practice" value="([^"]+)">\s*<input[^>]*name="person_id" value="([^"]+)"', page
    )
    assert forms
    slug, person_id = forms[-1]
    form = {"practice": slug, "person_id": person_id}
    assert (
        client.post("/demo/sign-in", data=form, headers={"Origin": "https://elsewhere.example"}).status_code
        == 403
    )
    signed = client.post(
        "/demo/sign-in", data=form, headers={"Origin": "https://localhost"}, base_url="https://localhost"
    )
    assert (signed.status_code, signed.headers["Location"]) == (303, "/")
    home = client.get("/", base_url="https://localhost").text
    assert "Sign out" in home
    assert client.post("/sign-out", headers=elsewhere, base_url="https://localhost").status_code == 403
    out = client.post("/sign-out", headers=here, base_url="https://localhost")
    assert out.status_code == 303
    assert "Sign out" not in client.get("/", base_url="https://localhost").text


def test_staff_see_their_couples(door: Door, practice: Practice) -> None:
    headers = practice.signed_in("front_desk")
    door.post(
        "/api/v1/intake/couples",
        {"partners": [{"display_name": "Sam"}, {"display_name": "Noor"}]},
        headers=headers,
    )
    page = door.get("/", headers=headers).text
    assert "Sam · Noor" in page
    assert "Hello, Ines" in page
    assert "Front desk" in page


def test_a_partner_sees_their_messages_and_sessions(world: World) -> None:
    zone = "America/Denver"
    answers: dict[str, Any] = {
        "/api/v1/notify/me/inbox": {
            "items": [{"text": "You have a message", "received_at": "2026-12-01T10:00:00+00:00"}]
        },
        "/api/v1/sessions/me/sessions": {
            "items": [
                {"kind": "medicine", "state": "not_scheduled_yet", "starts_at": None, "zone": zone},
                {"kind": "preparation", "state": "confirmed", "starts_at": "2026-12-01T17:00:00Z", "zone": zone},
            ]
        },
        "/api/v1/intake/me/couple": {"me": {"display_name": "Sam"}},
    }  # fmt: skip

    def service(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=answers.get(request.url.path, {}))

    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    door = door_to(world, {"notify": service, "sessions": service, "intake": service})
    practice = door.create_practice()
    cookie = partner_cookie(world, practice)
    page = door.get("/", headers=cookie).text
    assert "Hello, Sam" in page
    assert "You have a message" in page
    assert "Long session: Not scheduled yet" in page
    assert "2026-12-01 10:00 America/Denver" in page
    spanish = door.get("/", headers={**cookie, "Accept-Language": "es"}).text
    assert '<html lang="es">' in spanish
    assert "Sesión larga: Todavía sin fecha" in spanish
    assert "Demostración: aquí nadie es real." in spanish
    down = door_to(world, {"notify": service, "sessions": broken, "intake": service})
    assert "This can’t be shown right now" in down.get("/", headers=cookie).text


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
    page = door.get("/", headers=partner_cookie(world, real)).text
    assert "nobody here is real" not in page


def test_a_form_takes_forms_only(door: Door) -> None:
    assert door.open("POST", "/demo/sign-in", json={}, headers=HERE).status_code == 415
    assert (
        door.open(
            "POST", "/demo/sign-in", data="x", headers={**HERE, "Content-Type": "text/plain"}
        ).status_code
        == 415
    )


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
