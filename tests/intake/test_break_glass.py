"""A clinician outside the care team reads in an emergency: for a reason, for a while."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.intake.stage import Stage, count, transaction

# What it opens, and for how long.


def test_a_broken_glass_shows_what_the_care_team_reads(told: Stage) -> None:
    for path in told.care_team_reads():
        assert told.stranger.get(path).status_code == 404

    answer = told.break_glass()

    assert answer.status_code == 201
    for path in told.care_team_reads():
        assert told.stranger.get(path).data == told.clinician.get(path).data
    (fact,) = told.facts("BreakGlassOpened")
    assert str(fact.break_glass_id) == answer.json["break_glass_id"]
    assert (fact.couple_id, fact.person_id) == (told.couple_id, None)
    assert fact.practitioner_id == told.stranger.actor.person_id
    assert fact.expires_at.isoformat() == answer.json["expires_at"]
    assert set(answer.json) == {"break_glass_id", "couple_id", "person_id", "opened_at", "expires_at"}


@pytest.mark.P2
def test_it_changes_nothing(told: Stage) -> None:
    told.break_glass()
    missing = told.stranger.get(f"/couples/{uuid4()}/readiness").data
    refused = [
        told.decide(told.ana_id, "not_indicated", by=told.stranger),
        told.stranger.post(f"{told.of(told.ana_id)}/preparation-completed"),
        told.stranger.put(
            f"/couples/{told.couple_id}/confidentiality-policy", {"policy": "no_secrets"}, etag='"1"'
        ),
    ]
    assert [(answer.status_code, answer.data) for answer in refused] == [(404, missing)] * 3


@pytest.mark.P2
def test_it_runs_out_by_the_practice_s_clock(told: Stage) -> None:
    told.break_glass()
    told.world.move_clock(told.practice, timedelta(minutes=59))
    assert [told.stranger.get(path).status_code for path in told.care_team_reads()] == [200] * len(
        told.care_team_reads()
    )

    told.world.move_clock(told.practice, timedelta(minutes=2))

    missing = told.stranger.get(f"/couples/{uuid4()}/readiness")
    for path in told.care_team_reads():
        denied = told.stranger.get(path)
        assert (denied.status_code, denied.data, dict(denied.headers)) == (
            404,
            missing.data,
            dict(missing.headers),
        )


def test_another_practice_s_clock_ends_nothing_here(told: Stage) -> None:
    told.break_glass()
    told.world.move_clock(told.world.practice(), timedelta(hours=5))
    assert told.stranger.get(told.care_team_reads()[0]).status_code == 200


@pytest.mark.parametrize(("minutes", "status"), [(1, 201), (240, 201), (241, 422), (0, 422), (-5, 422)])
def test_four_hours_are_the_most(stage: Stage, minutes: int, status: int) -> None:
    assert stage.break_glass(duration_min=minutes).status_code == status


@pytest.mark.parametrize(
    "body", [{"reason": " "}, {"reason": "x" * 10_001}, {"reason": None}, {"person_id": "x"}]
)
def test_without_a_proper_reason_nothing_opens(told: Stage, body: dict[str, Any]) -> None:
    assert told.break_glass(**body).status_code == 422
    assert told.stranger.get(told.care_team_reads()[0]).status_code == 404


@pytest.mark.P2
def test_opened_to_one_partner_it_shows_nothing_of_the_other(told: Stage) -> None:
    told.break_glass(person_id=str(told.bo_id))

    assert told.stranger.get(f"{told.of(told.bo_id)}/intention").status_code == 200
    for path in (f"{told.of(told.ana_id)}/intention", f"/couples/{told.couple_id}/readiness"):
        assert told.stranger.get(path).status_code == 404
    (fact,) = told.facts("BreakGlassOpened")
    assert fact.person_id == told.bo_id


@pytest.mark.P2
def test_it_opens_one_couple_to_one_clinician(told: Stage) -> None:
    other = told.desk.post("/couples", {"partners": [{"display_name": "Cleo"}]}).json
    told.break_glass()
    colleague = told.world.caller("intake", told.practice, uuid4(), "practitioner")
    cleo = other["partners"][0]["person_id"]
    assert told.stranger.get(f"/couples/{other['couple_id']}/readiness").status_code == 404
    assert told.stranger.get(f"/couples/{told.couple_id}/partners/{cleo}/intention").status_code == 404
    for path in told.care_team_reads():
        assert colleague.get(path).status_code == 404
    assert told.stranger.get("/couples").json["items"] == []  # its list stays the care team's


def test_asked_twice_with_one_key_it_opens_once(stage: Stage) -> None:
    path, body = f"/couples/{stage.couple_id}/break-glass", {"reason": "urgent"}
    first = stage.stranger.post(path, body, key="open-it-once")
    again = stage.stranger.post(path, body, key="open-it-once")
    assert (first.status_code, first.data) == (again.status_code, again.data)
    assert len(stage.facts("BreakGlassOpened")) == 1


# Who can't.


@pytest.mark.P2
def test_a_couple_or_person_that_is_not_there_is_not_found(told: Stage) -> None:
    elsewhere = told.world.caller("intake", told.world.practice(), uuid4(), "practitioner")
    missing = told.stranger.post(f"/couples/{uuid4()}/break-glass", {"reason": "urgent"})
    for answer in (told.break_glass(person_id=str(uuid4())), told.break_glass(by=elsewhere)):
        assert (answer.status_code, answer.data) == (404, missing.data)


@pytest.mark.P2
def test_the_desk_and_the_partners_break_no_glass(told: Stage) -> None:
    missing = told.stranger.get(f"/couples/{uuid4()}/readiness").data
    for who in (told.desk, told.admin, told.ana, told.bo):
        answer = told.break_glass(by=who)
        assert (answer.status_code, answer.data) == (404, missing)


@pytest.mark.P1
def test_a_partner_who_works_here_and_a_clinician_with_a_conflict_hear_the_same(told: Stage) -> None:
    both = told.world.caller("intake", told.practice, told.bo_id, "partner", "practitioner")
    told.mark_conflict(told.stranger)

    for person_id in (None, str(told.ana_id), str(told.bo_id)):
        answers = [told.break_glass(by=who, person_id=person_id) for who in (both, told.stranger)]
        assert {answer.status_code for answer in answers} == {409}
        assert {answer.json["code"] for answer in answers} == {"not_possible_for_you"}
        assert answers[0].data == answers[1].data

    assert told.facts("BreakGlassOpened") == []
    assert both.get(f"{told.of(told.ana_id)}/intention").status_code == 404


def test_who_treats_them_needs_no_other_access(told: Stage) -> None:
    answer = told.break_glass(by=told.clinician)
    assert (answer.status_code, answer.json["code"]) == (409, "already_treating")


# Under the queries.


@pytest.mark.P1
def test_the_database_lets_a_broken_glass_read_and_not_write(told: Stage) -> None:
    tables = ("intention_part", "readiness_decision")
    assert [count(told, told.stranger, table) for table in tables] == [0, 0]
    told.break_glass(person_id=str(told.bo_id))
    assert [count(told, told.stranger, table) for table in tables] == [1, 1]
    with transaction(told, told.stranger) as db:
        for act in ("UPDATE intention_part SET part = part", "UPDATE break_glass SET expires_at = opened_at"):
            changed = db.connection().execute(text(f"{act} RETURNING id")).all()
            assert len(changed) == ("break_glass" in act), act
    assert [count(told, told.stranger, table) for table in tables] == [0, 0]
