"""Operators' pages: what they show and hide, who gets in and for how long, and a replay that is written down."""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from services.gateway.domain import OPERATOR_IDLE, OPERATOR_LONGEST
from services.gateway.limits import ALLOWANCES
from services.gateway.operators import COOKIE
from services.gateway.policy import OF_OPERATORS
from shared.db.tenancy import Scope
from shared.events.intake import CoupleRegistered
from shared.path import timers
from shared.settings import SERVICES
from shared.web.actor import STAFF
from tests.gateway.door import Door, Practice, door_to
from tests.gateway.operating import Aside, bug_in, operator, operator_token, put_aside
from tests.gateway.test_pages import partner_cookie
from tests.gateway.visitor import Visitor
from tests.world.world import MovingClock, World

PATHS = ("/ops/services", "/ops/events", "/ops/dead-letters", "/ops/timers", "/ops/api")


@pytest.fixture
def imogen(door: Door) -> Visitor:
    return operator(door)


@pytest.fixture
def aside(world: World, practice: Practice) -> Iterator[Aside]:
    made = put_aside(world, practice.id)
    yield made
    left = operator(Door(world, world.sides["gateway"].app))  # nothing waits when the next test begins
    left.get("/ops/dead-letters")
    assert left.post("/ops/dead-letters/notify/replay", {"form_key": uuid4().hex}).status_code == 303


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


def test_every_page_of_operators_stands_in_the_table() -> None:
    assert len(OF_OPERATORS) == 12


def test_the_services_are_shown_with_how_far_they_are(imogen: Visitor, world: World) -> None:
    world.pump(ticks=True)
    page = imogen.get("/ops/services").text
    for service in SERVICES:
        assert f'<th scope="row">{service}</th>' in page
    assert "Who knows what of whom" in page


def test_a_service_that_is_down_leaves_its_row_and_the_rest_working(world: World) -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    imogen = operator(door_to(world, dict.fromkeys(("intake", "notify"), broken)))
    page = imogen.get("/ops/services")
    assert page.status_code == 200
    assert page.text.count("It doesn’t answer") == 2
    assert "gateway" in page.text
    assert imogen.get("/ops/dead-letters").text.count("This can’t be shown right now") == 2


@pytest.mark.P3
def test_no_id_of_a_person_or_couple_and_no_word_is_shown(
    imogen: Visitor, aside: Aside, practice: Practice, world: World
) -> None:
    canary = f"Canary {uuid4().hex}"
    practice.join_staff("practitioner", name=canary)
    paths = [
        *PATHS, "/ops/dead-letters?state=all", f"/ops/events/{aside.event_id}",
        f"/ops/dead-letters/notify/{aside.letter_id}", f"/ops/dead-letters/notify/{aside.letter_id}?try",
    ]  # fmt: skip
    shown = "".join(imogen.get(path).text for path in paths)
    assert str(aside.event_id) in shown, "an event's own id is how one asks about it"
    assert [one for one in aside.people if one in shown] == []
    assert canary not in shown
    assert practice.slug not in shown
    assert re.search(r"id-[0-9a-f]{10}", shown)


def test_an_event_is_found_and_told_service_by_service(imogen: Visitor, aside: Aside) -> None:
    listed = imogen.get("/ops/events?service=notify&what=put_aside&type=couple_*").text
    assert str(aside.event_id) in listed
    assert "CoupleRegistered" in listed
    assert str(aside.event_id) not in imogen.get("/ops/events?service=notify&type=SessionBooked").text
    found = imogen.get(f"/ops/events?id={aside.event_id}")
    assert found.headers["Location"] == f"/ops/events/{aside.event_id}"
    page = imogen.get(found.headers["Location"]).text
    assert "put it aside; it waits for a replay" in page
    assert page.count("applied it") == 3
    assert "partner_ids" in page
    for unknown in ("?id=x", f"/{uuid4()}"):
        assert imogen.get(f"/ops/events{unknown}").status_code == 404


def test_a_letter_is_tried_and_replayed_and_that_is_written_down(
    imogen: Visitor, aside: Aside, world: World
) -> None:
    path = f"/ops/dead-letters/notify/{aside.letter_id}"
    assert path in imogen.get("/ops/dead-letters").text
    page = imogen.get(path).text
    assert "its handler raised an error <code>Bug</code>" in page
    assert "<dt>Parked behind</dt><dd>1</dd>" in page
    tried = imogen.get(f"{path}?try").text
    assert tried.count("would be applied") == 2
    assert "Waits" in imogen.get(path).text, "trying changes nothing"
    wrong = imogen.post(f"{path}/replay", {"because": "a whole sentence"})
    assert wrong.status_code == 422
    assert 'value="a whole sentence"' in wrong.text
    imogen.get(path)
    done = [imogen.post(f"{path}/replay", {"because": "INC-7"}) for _ in range(2)]
    assert [one.status_code for one in done] == [303, 303]
    assert done[0].headers["Location"] == done[1].headers["Location"], "sent twice, replayed once"
    ended = imogen.get(done[0].headers["Location"]).text
    assert "All applied" in ended
    assert "Imogen (INC-7)" in ended
    run_id = done[0].headers["Location"].rpartition("/")[2]
    acts = world.rows(
        "notify",
        aside.practice_id,
        "SELECT act, by, because FROM operator_act WHERE run_id = %s ORDER BY id",
        run_id,
    )
    assert [tuple(one) for one in acts] == [
        (act, "Imogen", "INC-7") for act in ("replay_begun", "replayed", "replayed", "replay_ended")
    ]
    assert "Replayed" in imogen.get(path).text
    assert "Imogen" in imogen.get("/ops/services").text
    assert imogen.post(f"{path}/replay", {"form_key": uuid4().hex}).status_code == 404, (
        "nothing of it waits any more"
    )


def test_the_gateways_own_letters_are_replayed_like_any_others(
    door: Door, practice: Practice, world: World
) -> None:
    imogen = operator(door)
    with bug_in(world, "gateway", CoupleRegistered):
        world.tell(practice.id, CoupleRegistered(couple_id=uuid4(), partner_ids=(uuid4(),)))
    (row,) = world.rows(
        "gateway", practice.id,
        "SELECT id FROM dead_letter WHERE practice_id = %s AND replayed_at IS NULL", practice.id,
    )  # fmt: skip
    page = imogen.get(f"/ops/dead-letters/gateway/{row.id}?try")
    assert "would be applied" in page.text
    done = imogen.post("/ops/dead-letters/gateway/replay", {"because": ""})
    assert done.status_code == 303
    assert "All applied" in imogen.get(done.headers["Location"]).text
    assert len(world.rows("gateway", practice.id, "SELECT 1 FROM partner")) == 1


@pytest.mark.parametrize(
    "path", ["nowhere/1", "notify/0", "notify/x", "notify/-1", f"notify/{10**30}", "gateway/0"]
)
def test_what_is_no_letter_is_not_found(imogen: Visitor, path: str) -> None:
    assert imogen.get(f"/ops/dead-letters/{path}").status_code == 404
    imogen.get("/ops/dead-letters")
    assert imogen.post(f"/ops/dead-letters/{path}/replay", {"form_key": uuid4().hex}).status_code == 404


def test_a_late_timer_shows(imogen: Visitor, practice: Practice, world: World) -> None:
    side = world.sides["notify"]
    with side.database.transaction(Scope(practice.id, role="worker")) as db:
        timers.schedule(db, "a_late_one", uuid4(), world.clock() - timedelta(minutes=5))
    page = imogen.get("/ops/timers").text
    assert "Some timers are late" in page
    row = page[page.index("a_late_one") :]
    assert "Needs a look" in row[: row.index("</tr>")]
    with side.database.transaction(Scope(practice.id, role="worker")) as db:
        db.connection().exec_driver_sql("DELETE FROM timer WHERE kind = 'a_late_one'")


def test_the_reference_is_plain_html_of_the_merged_document(imogen: Visitor) -> None:
    page = imogen.get("/ops/api").text
    assert "GET /api/v1/intake/couples/{couple_id}" in page
    assert "couples:read" in page
    assert "/ops/" not in page.split("<main", 1)[1].replace('href="/ops', "")
    assert "notify/contacts" not in page
    assert not re.search(r"<script(?! src=\"/static)", page)


@pytest.mark.parametrize("path", PATHS)
def test_spanish_reads_them_too(imogen: Visitor, path: str) -> None:
    page = imogen.get(path, **{"Accept-Language": "es"})
    assert page.status_code == 200
    assert '<html lang="es">' in page.text
