"""Operators' pages: what they show and hide, who gets in and for how long, and a replay that is written down."""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from services.gateway.policy import OF_OPERATORS
from shared.db.tenancy import Scope
from shared.events.intake import CoupleRegistered
from shared.path import timers
from shared.settings import SERVICES
from tests.gateway.door import Door, Practice, door_to
from tests.gateway.operating import Aside, bug_in, operator, put_aside
from tests.gateway.visitor import Visitor
from tests.world.world import World

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


def test_every_page_of_operators_stands_in_the_table() -> None:
    assert len(OF_OPERATORS) == 12


def test_the_services_are_shown_with_how_far_they_are(imogen: Visitor, world: World) -> None:
    world.pump(ticks=True)
    page = imogen.get("/ops/services").text
    for service in SERVICES:
        assert f'<th scope="row">{service}</th>' in page
    assert "Who knows what of whom" in page
    bar = page[page.index('class="tabbar"') : page.index("</nav>")]
    assert 'href="/ops/api"' in bar
    assert 'href="/practice"' not in bar


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
