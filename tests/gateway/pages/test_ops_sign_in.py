"""Who gets to the operators' pages, for how long, and that nothing of a practice opens with it."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from services.gateway.domain import OPERATOR_IDLE, OPERATOR_LONGEST
from services.gateway.limits import ALLOWANCES
from services.gateway.operators import COOKIE
from shared.web.actor import STAFF
from tests.gateway.door import Door, Practice, door_to
from tests.gateway.operating import operator, operator_token
from tests.gateway.pages.test_ops import PATHS
from tests.gateway.test_pages import partner_cookie
from tests.gateway.visitor import Visitor
from tests.world.world import MovingClock, World


@pytest.fixture
def imogen(door: Door) -> Visitor:
    return operator(door)


def test_a_key_signs_in_and_a_wrong_one_does_not(door: Door) -> None:
    visitor = Visitor(door)
    assert "Operator key" in visitor.get("/ops/services").text
    wrong = visitor.post("/ops/sign-in", {"by": "Imogen", "key": "guess"})
    assert wrong.status_code == 422
    assert "This key doesn’t open anything here" in wrong.text
    assert 'value="Imogen"' in wrong.text
    assert "guess" not in wrong.text, "a secret is never sent back"
    nameless = visitor.post("/ops/sign-in", {"by": " ", "key": door.world.operator_key})
    assert "Write who you are" in nameless.text
    done = visitor.post("/ops/sign-in", {"by": "Imogen", "key": door.world.operator_key})
    assert (done.status_code, done.headers["Location"]) == (303, "/ops/services")
    cookie = done.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))
    assert "Imogen" in visitor.get("/ops/services").text
    assert visitor.post("/ops/sign-out").status_code == 303
    assert "Operator key" in visitor.get("/ops/services").text


def test_a_form_from_elsewhere_signs_nobody_in(door: Door) -> None:
    visitor = Visitor(door)
    visitor.get("/ops/sign-in")
    fields = {"by": "Imogen", "key": door.world.operator_key}
    assert visitor.post("/ops/sign-in", fields, Origin="https://elsewhere.example").status_code == 403
    assert visitor.post("/ops/sign-in", {**fields, "csrf_token": "of another"}).status_code == 403


def test_tries_are_limited(world: World) -> None:
    visitor = Visitor(door_to(world, {}))
    visitor.get("/ops/sign-in")
    tries = [visitor.post("/ops/sign-in", {"by": "x", "key": "guess"}).status_code for _ in range(12)]
    assert tries[: ALLOWANCES["operator_sign_in"].burst] == [422] * ALLOWANCES["operator_sign_in"].burst
    assert tries[-1] == 429
    right = visitor.post("/ops/sign-in", {"by": "x", "key": world.operator_key})
    assert right.status_code == 429, "not even the right key tells a guesser that it is right"


def test_without_a_key_of_the_platform_nobody_gets_in(world: World) -> None:
    visitor = Visitor(door_to(world, {}, operator_key=None))
    visitor.get("/ops/sign-in")
    assert visitor.post("/ops/sign-in", {"by": "x", "key": ""}).status_code == 422


def test_it_ends_after_a_quarter_of_an_hour_without_use_and_after_a_working_day(
    door: Door, imogen: Visitor, moved: MovingClock
) -> None:
    moved.ahead += OPERATOR_IDLE - timedelta(minutes=2)
    assert imogen.get("/ops").status_code == 303
    moved.ahead += OPERATOR_IDLE - timedelta(minutes=2)
    assert imogen.get("/ops").status_code == 303
    moved.ahead += OPERATOR_IDLE
    assert "Operator key" in imogen.get("/ops").text
    busy = operator(door)
    for _ in range(int(OPERATOR_LONGEST / timedelta(minutes=14))):
        moved.ahead += timedelta(minutes=14)
        assert busy.get("/ops").status_code == 303
    moved.ahead += timedelta(minutes=14)
    assert "Operator key" in busy.get("/ops").text


@pytest.fixture
def moved(world: World) -> Iterator[MovingClock]:
    # A sign-in is made at the machine's time: the clock is only ahead of it.
    yield world.clock
    world.clock.ahead = timedelta()


@pytest.mark.P2
@pytest.mark.parametrize("path", [*PATHS, "/ops", f"/ops/events/{UUID(int=1)}", "/ops/dead-letters/notify/1"])
def test_no_person_of_a_practice_finds_them(door: Door, practice: Practice, world: World, path: str) -> None:
    absent = door.get("/nowhere").data
    for role in sorted(STAFF):
        answer = door.get(path, headers=practice.signed_in(role))
        assert (answer.status_code, answer.data) == (404, absent), role
    partner = door.get(path, headers=partner_cookie(world, practice))
    assert (partner.status_code, partner.data) == (404, absent)
    assert door.get(path).status_code == 401
    assert door.get(path, headers=door.operator(practice.slug)).status_code == 401, "only a browser's sign-in"


@pytest.mark.P2
def test_an_operators_sign_in_opens_nothing_of_a_practice(
    door: Door, practice: Practice, world: World
) -> None:
    token = operator_token(world)
    for cookie in (f"{COOKIE}={token}", f"__Host-attune={token}"):
        for path in (
            "/today",
            "/desk",
            "/practice",
            "/team",
            "/practice/keys",
            "/api/v1/staff",
            "/api/v1/me",
        ):
            assert door.get(path, headers={"Cookie": cookie}).status_code == 401, path
    bearer = {"Authorization": f"Bearer {token}"}
    assert door.get("/api/v1/intake/couples", headers=bearer).status_code == 401
    person = practice.sign_in(practice.join_staff("practice_admin"))
    assert door.get("/ops/services", headers={"Cookie": f"{COOKIE}={person}"}).status_code == 401


@pytest.mark.P2
def test_what_services_tell_operators_is_never_forwarded(door: Door, practice: Practice) -> None:
    absent = door.get("/api/v1/nothing").data
    for who in (door.operator(practice.slug), practice.signed_in("practice_admin")):
        for service in ("intake", "notify"):
            answer = door.get(f"/api/v1/{service}/ops/standing", headers=who)
            assert (answer.status_code, answer.data) == (404, absent)
