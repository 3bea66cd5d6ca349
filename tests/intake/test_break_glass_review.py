"""An access outside the care team is looked at afterwards: by an admin, and never by who opened it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from shared.events.intake import BreakGlassOpened
from tests.intake.stage import Stage, count
from tests.world.stating import stated
from tests.world.world import World


def test_an_admin_finds_it_open_with_its_reason_and_later_past(stage: Stage) -> None:
    stage.break_glass(reason="Bo called from the street.")

    (item,) = stage.admin.get("/break-glass").json["items"]

    assert (item["reason"], item["is_open"], item["outcome"]) == ("Bo called from the street.", True, None)
    assert item["practitioner_id"] == str(stage.stranger.actor.person_id)
    stage.world.move_clock(stage.practice, timedelta(hours=2))
    (later,) = stage.admin.get("/break-glass").json["items"]
    assert later == {**item, "is_open": False}


@pytest.mark.P2
def test_its_reason_is_for_who_gave_it_and_for_admins(stage: Stage) -> None:
    stage.break_glass()
    assert len(stage.stranger.get("/break-glass").json["items"]) == 1
    assert stage.clinician.get("/break-glass").json["items"] == []
    assert [who.get("/break-glass").status_code for who in (stage.desk, stage.ana)] == [404, 404]
    counts = {
        name: count(stage, who, "break_glass")
        for name, who in {
            "opener": stage.stranger,
            "admin": stage.admin,
            "treating": stage.clinician,
            "desk": stage.desk,
            "partner": stage.ana,
        }.items()
    }
    assert counts == {"opener": 1, "admin": 1, "treating": 0, "desk": 0, "partner": 0}


def test_the_queue_comes_in_pages_newest_first(stage: Stage) -> None:
    opened = [stage.break_glass().json["break_glass_id"] for _ in range(3)]
    first = stage.admin.get("/break-glass?limit=2").json
    rest = stage.admin.get(f"/break-glass?limit=2&cursor={first['next_cursor']}").json
    assert [one["break_glass_id"] for one in first["items"] + rest["items"]] == opened[::-1]
    assert rest["next_cursor"] is None
    assert stage.stranger.get(f"/break-glass?limit=2&cursor={first['next_cursor']}").status_code == 400


def test_a_justified_one_stays_open_until_it_runs_out(told: Stage) -> None:
    opened = told.break_glass().json
    answer = told.review(opened, "justified")
    assert (answer.status_code, answer.json["outcome"], answer.json["is_open"]) == (201, "justified", True)
    assert told.stranger.get(told.care_team_reads()[0]).status_code == 200
    (fact,) = told.facts("BreakGlassReviewed")
    assert (str(fact.break_glass_id), fact.outcome) == (opened["break_glass_id"], "justified")
    assert (fact.couple_id, fact.by) == (told.couple_id, told.admin.actor.person_id)
    assert told.facts("BreakGlassEnded") == []


@pytest.mark.P2
def test_one_that_was_not_justified_ends_at_once(told: Stage) -> None:
    opened = told.break_glass().json
    answer = told.review(opened, "not_justified")
    assert (answer.status_code, answer.json["is_open"]) == (201, False)
    for path in told.care_team_reads():
        assert told.stranger.get(path).status_code == 404
    (fact,) = told.facts("BreakGlassEnded")
    assert str(fact.break_glass_id) == opened["break_glass_id"]
    (again,) = stated(told.world, "intake", told.practice, BreakGlassOpened)
    assert again.expires_at == fact.at


def test_a_past_one_that_was_not_justified_is_not_ended_again(told: Stage) -> None:
    opened = told.break_glass().json
    told.world.move_clock(told.practice, timedelta(hours=2))
    assert told.review(opened, "not_justified").json["expires_at"] == opened["expires_at"]
    assert told.facts("BreakGlassEnded") == []


def test_nobody_reviews_their_own_access(stage: Stage) -> None:
    both = stage.world.caller("intake", stage.practice, uuid4(), "practice_admin", "practitioner")
    opened = stage.break_glass(by=both).json
    for outcome in ("justified", "not_justified"):
        answer = stage.review(opened, outcome, by=both)
        assert (answer.status_code, answer.json["code"]) == (409, "review_by_opener")
    assert stage.facts("BreakGlassReviewed") == []
    assert stage.review(opened, "justified").status_code == 201


def test_the_first_review_stands(stage: Stage) -> None:
    opened = stage.break_glass().json
    stage.review(opened, "justified")
    answer = stage.review(opened, "not_justified")
    assert (answer.status_code, answer.json["code"]) == (409, "already_reviewed")
    assert stage.admin.get("/break-glass").json["items"][0]["outcome"] == "justified"


@pytest.mark.P2
def test_nobody_but_an_admin_of_the_practice_reviews(world: World, stage: Stage) -> None:
    opened = stage.break_glass().json
    missing = stage.admin.post(f"/break-glass/{uuid4()}/review", {"outcome": "justified"})
    elsewhere = world.caller("intake", world.practice(), uuid4(), "practice_admin")
    for who in (stage.stranger, stage.clinician, stage.desk, stage.ana, elsewhere):
        answer = stage.review(opened, "justified", by=who)
        assert (answer.status_code, answer.data) == (404, missing.data)
