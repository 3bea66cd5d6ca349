"""Check-ins open on their days, each once; answering and skipping close them, and skipping costs nothing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.integration.commands.journeys import CHECK_IN_TIMER
from shared.db.tenancy import Scope
from shared.events.integration import CheckInAnswered, CheckInOpened, SafetyConcernRaised
from shared.path import timers
from shared.web import paging
from tests.integration.story import FINE, Couple, a_couple
from tests.world.world import Caller, World


@pytest.fixture
def couple(world: World) -> Couple:
    made = a_couple(world)
    made.ended()
    return made


@pytest.fixture(scope="module")
def asked(world: World) -> Couple:
    """A couple with an open check-in each, for answers that are refused and so change nothing."""
    made = a_couple(world)
    made.ended()
    made.pass_days(1)
    return made


def days(who: Caller) -> list[int]:
    return [one["day"] for one in who.get("/me/check-ins").json["items"]]


def first(who: Caller) -> str:
    return str(who.get("/me/check-ins").json["items"][0]["check_in_id"])


def test_a_check_in_opens_on_each_of_its_days(couple: Couple) -> None:
    assert days(couple.ana) == []
    seen = []
    for wait in (1, 2, 4, 7, 16, 60):
        couple.pass_days(wait)
        seen.append(days(couple.ana))
    assert seen == [[1], [1, 3], [1, 3, 7], [1, 3, 7, 14], [1, 3, 7, 14, 30], [1, 3, 7, 14, 30, 90]]


@pytest.mark.D1
def test_months_at_once_open_each_check_in_exactly_once(couple: Couple) -> None:
    couple.pass_days(200)
    couple.pass_days(200)

    opened = [(fact.person_id, fact.day) for fact in couple.events(CheckInOpened)]  # type: ignore[attr-defined]
    expected = {(who, day) for who in (couple.ana_id, couple.bo_id) for day in (1, 3, 7, 14, 30, 90)}
    assert len(opened) == 12
    assert set(opened) == expected
    assert days(couple.ana) == days(couple.bo) == [1, 3, 7, 14, 30, 90]


@pytest.mark.D1
def test_a_timer_that_fires_again_opens_nothing_again(couple: Couple, world: World) -> None:
    couple.pass_days(1)
    (journey_id,) = world.rows(
        "integration", couple.practice, "SELECT id FROM journey WHERE person_id = %s", couple.ana_id
    )[0]
    couple.ana.post(f"/me/check-ins/{first(couple.ana)}/skip")
    with world.sides["integration"].database.transaction(Scope(couple.practice, role="worker")) as db:
        timers.schedule(db, CHECK_IN_TIMER, UUID(str(journey_id)), world.now(couple.practice), occurrence="1")
    world.pump()

    assert days(couple.ana) == []
    assert len(couple.events(CheckInOpened)) == 2
    assert not couple.has_failures()


def test_the_questions_come_along_in_both_languages(couple: Couple) -> None:
    questions = couple.ana.get("/me/check-ins").json["questions"]

    assert [one["field"] for one in questions] == [
        "mood", "sleep_h", "is_safe_at_home", "wants_contact", "words",
    ]  # fmt: skip
    assert all(one["en"] and one["es"] for one in questions)


def test_an_answer_closes_the_check_in_and_says_whether_it_is_clear(couple: Couple) -> None:
    couple.pass_days(1)
    check_in_id = first(couple.ana)

    answer = couple.ana.post(f"/me/check-ins/{check_in_id}/answer", {**FINE, "words": "Slept well."})

    assert answer.status_code == 201, answer.text
    assert answer.json == {"check_in_id": check_in_id, "day": 1, "state": "answered"}
    assert days(couple.ana) == []
    assert days(couple.bo) == [1]
    (fact,) = couple.events(CheckInAnswered, SafetyConcernRaised)
    assert isinstance(fact, CheckInAnswered)
    assert (fact.person_id, fact.day, fact.is_clear) == (couple.ana_id, 1, True)


def test_skipping_closes_the_check_in_and_tells_nobody(couple: Couple) -> None:
    couple.pass_days(1)
    told_before = couple.events()

    answer = couple.ana.post(f"/me/check-ins/{first(couple.ana)}/skip")

    assert answer.json["state"] == "skipped"
    assert days(couple.ana) == []
    assert couple.events() == told_before


@pytest.mark.parametrize("before", ["answer", "skip"])
@pytest.mark.parametrize("after", ["answer", "skip"])
def test_a_closed_check_in_stays_as_it_is(couple: Couple, before: str, after: str) -> None:
    couple.pass_days(1)
    path = f"/me/check-ins/{first(couple.ana)}"
    bodies: dict[str, Any] = {"answer": FINE, "skip": {}}
    couple.ana.post(f"{path}/{before}", bodies[before])

    again = couple.ana.post(f"{path}/{after}", bodies[after])

    assert again.status_code == 409
    assert again.json["code"] == "check_in_closed"


def test_an_answer_sent_twice_counts_once(couple: Couple) -> None:
    couple.pass_days(1)
    path = f"/me/check-ins/{first(couple.ana)}/answer"

    one = couple.ana.post(path, {**FINE, "mood": 0}, key="tapped-twice")
    two = couple.ana.post(path, {**FINE, "mood": 0}, key="tapped-twice")

    assert one.status_code == two.status_code == 201
    assert one.data == two.data
    assert len(couple.events(CheckInAnswered)) == len(couple.events(SafetyConcernRaised)) == 1


@pytest.mark.parametrize("field", ["mood", "is_safe_at_home"])
def test_not_saying_raises_no_concern_and_clears_nothing(couple: Couple, field: str) -> None:
    couple.pass_days(1)

    answer = couple.ana.post(f"/me/check-ins/{first(couple.ana)}/answer", {**FINE, field: None})

    assert answer.status_code == 201, answer.text
    (fact,) = couple.events(CheckInAnswered, SafetyConcernRaised)
    assert isinstance(fact, CheckInAnswered)
    assert not fact.is_clear


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mood", 11), ("mood", -1), ("mood", 1.5), ("mood", True), ("mood", "low"),
        ("sleep_h", 24.5), ("sleep_h", -1), ("sleep_h", "NaN"), ("sleep_h", True),
        ("is_safe_at_home", "no"), ("is_safe_at_home", 0), ("wants_contact", None), ("wants_contact", "off"),
        ("words", 5), ("words", "x" * 4001), ("score", 1),
    ],
)  # fmt: skip
def test_an_answer_is_never_guessed(asked: Couple, field: str, value: object) -> None:
    path = f"/me/check-ins/{first(asked.ana)}/answer"

    answer = asked.ana.post(path, {**FINE, field: value})

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json["errors"]] == [f"/{field}"]
    assert days(asked.ana) == [1]


def test_all_own_check_ins_stand_in_a_list_with_what_was_answered(couple: Couple) -> None:
    couple.pass_days(7)
    one, two, three = couple.ana.get("/me/check-ins").json["items"]
    said = {**FINE, "is_safe_at_home": None, "words": "Slept <b>well</b>."}
    couple.ana.post(f"/me/check-ins/{one['check_in_id']}/answer", said)
    couple.ana.post(f"/me/check-ins/{two['check_in_id']}/skip")

    found = couple.ana.get("/me/check-ins/all").json

    assert [(item["day"], item["state"], item["answers"]) for item in found["items"]] == [
        (7, "open", None), (3, "skipped", None), (1, "answered", said),
    ]  # fmt: skip
    assert [item["closed_at"] is None for item in found["items"]] == [True, False, False]
    assert found["items"][0]["check_in_id"] == three["check_in_id"]
    assert found["next_cursor"] is None


def test_the_list_of_own_check_ins_is_turned_page_by_page(couple: Couple) -> None:
    couple.pass_days(7)
    begin = couple.ana.get("/me/check-ins/all?limit=2").json
    rest = couple.ana.get(f"/me/check-ins/all?limit=2&cursor={begin['next_cursor']}").json
    assert [item["day"] for item in (*begin["items"], *rest["items"])] == [7, 3, 1]
    assert rest["next_cursor"] is None


def test_check_ins_that_open_at_one_moment_stand_in_the_order_of_their_days(world: World) -> None:
    """Of four journeys that began on days 0, 6, 13 and 29: on the thirtieth, four times two were opened at once."""
    couple = a_couple(world)
    yesterday = couple.world.now(couple.practice) - timedelta(days=1)
    first = yesterday.replace(hour=20)  # after eight in the morning of its place
    passed = 0
    for day in (0, 6, 13, 29):
        couple.pass_days(day - passed)
        couple.ended(at=first + timedelta(days=day))
        passed = day
    couple.pass_days(1)
    for who in (couple.ana, couple.bo):
        whole = who.get("/me/check-ins/all").json["items"]
        shown = [(item["opened_at"], item["day"]) for item in whole]
        assert shown == sorted(shown, reverse=True)
        assert len(shown) - len({at for at, _ in shown}) == 4

        turned, cursor = list[Any](), ""
        while cursor is not None:
            page = who.get(f"/me/check-ins/all?limit=1{cursor and f'&cursor={cursor}'}").json
            turned, cursor = [*turned, *page["items"]], page["next_cursor"]
        assert turned == whole


def test_a_cursor_of_a_version_that_listed_otherwise_is_refused(couple: Couple, world: World) -> None:
    app, path = world.sides["integration"].app, "/me/check-ins/all"
    token = world.signer.sign(couple.ana.actor, audience="integration", now=world.clock())
    with app.test_request_context(f"/api/v1/integration{path}", headers={"Authorization": f"Bearer {token}"}):
        app.preprocess_request()
        older = paging._seal([world.clock(), couple.ana_id])
        today = paging._seal([world.clock(), 1, couple.ana_id])
    answer = couple.ana.get(path, query_string={"cursor": older})
    assert (answer.status_code, answer.json["code"]) == (400, "malformed")
    assert couple.ana.get(path, query_string={"cursor": today}).status_code == 200


@pytest.mark.P1
def test_the_list_of_own_check_ins_knows_nothing_of_the_others(couple: Couple) -> None:
    couple.pass_days(1)
    before = couple.ana.get("/me/check-ins/all").data
    couple.bo.post(f"/me/check-ins/{first(couple.bo)}/answer", {**FINE, "mood": 0, "words": "Bo's alone."})
    assert couple.ana.get("/me/check-ins/all").data == before
    assert b"Bo's alone." in couple.bo.get("/me/check-ins/all").data


@pytest.mark.A1
def test_that_somebody_read_their_answers_is_written_down(couple: Couple, world: World) -> None:
    couple.ana.get("/me/check-ins/all")
    sql = (
        "SELECT actor_id, act, kind, about_id, relation FROM audit_row"
        " WHERE route = 'integration.list_own_check_ins' AND practice_id = %s"
    )
    assert [tuple(one) for one in world.rows("integration", couple.practice, sql, couple.practice)] == [
        (couple.ana_id, "read", "check_in", couple.ana_id, "self")
    ]
