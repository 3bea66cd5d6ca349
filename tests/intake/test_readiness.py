"""Whoever treats a couple records that preparation is done and decides readiness; partners see neither."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from services.intake.domain import LONGEST_READINESS, check_readiness_expiry
from services.intake.problems import ReadinessExpiryOutOfRange
from shared.events.intake import Readiness
from tests.intake.stage import Stage

NOW = datetime(2031, 3, 1, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
ODD_ZONE = timezone(timedelta(hours=5, minutes=45))


@pytest.mark.parametrize("ahead", [MOMENT, timedelta(days=1), LONGEST_READINESS])
def test_readiness_may_hold_for_up_to_ninety_days(ahead: timedelta) -> None:
    check_readiness_expiry(Readiness.READY, NOW + ahead, now=NOW)


@pytest.mark.parametrize("ahead", [timedelta(), -MOMENT, LONGEST_READINESS + MOMENT, None])
def test_readiness_neither_holds_longer_nor_is_over_at_once(ahead: timedelta | None) -> None:
    with pytest.raises(ReadinessExpiryOutOfRange):
        check_readiness_expiry(Readiness.READY, None if ahead is None else NOW + ahead, now=NOW)


@pytest.mark.parametrize("decision", [Readiness.NOT_YET, Readiness.NOT_INDICATED])
def test_only_readiness_expires(decision: Readiness) -> None:
    check_readiness_expiry(decision, None, now=NOW)
    with pytest.raises(ReadinessExpiryOutOfRange):
        check_readiness_expiry(decision, NOW + timedelta(days=1), now=NOW)


def test_a_decision_is_kept_and_sessions_is_told_without_the_reason(stage: Stage) -> None:
    answer = stage.decide(stage.ana_id, "ready", reason="Grounded, good skills.")

    assert answer.status_code == 201, answer.text
    assert set(answer.json) == {"decision_id", "person_id", "decision", "decided_at", "expires_at"}
    (told,) = stage.facts("ReadinessDecided")
    assert (told.couple_id, told.person_id, told.decision) == (stage.couple_id, stage.ana_id, Readiness.READY)
    assert str(told.decision_id) == answer.json["decision_id"]
    assert told.expires_at.isoformat() == answer.json["expires_at"]
    assert [str(fact.decision) for fact in stage.facts("ReadinessDecided")] == ["ready"]


def test_the_latest_decision_of_each_partner_holds(stage: Stage) -> None:
    stage.decide(stage.bo_id, "not_indicated", reason="Bo.")
    stage.decide(stage.ana_id, "ready", reason="First.")
    stage.decide(stage.ana_id, "not_yet", reason="Second thoughts.")

    items = stage.clinician.get(f"/couples/{stage.couple_id}/readiness").json["items"]

    assert [(one["person_id"], one["decision"], one["reason"]) for one in items] == [
        (str(stage.ana_id), "not_yet", "Second thoughts."),
        (str(stage.bo_id), "not_indicated", "Bo."),
    ]
    assert {one["decided_by"] for one in items} == {str(stage.clinician.actor.person_id)}
    assert len(stage.world.rows("intake", stage.practice, "SELECT 1 FROM readiness_decision")) == 3


def test_readiness_is_measured_by_the_practice_s_clock(stage: Stage) -> None:
    stage.world.move_clock(stage.practice, timedelta(days=60))
    now = stage.world.now(stage.practice)

    past = stage.decide(stage.ana_id, "ready", expires_at=(now - timedelta(days=1)).isoformat())
    far = stage.decide(stage.ana_id, "ready", expires_at=(now + timedelta(days=91)).isoformat())
    good = stage.decide(stage.ana_id, "ready", expires_at=(now + timedelta(days=89)).isoformat())

    assert {past.status_code, far.status_code} == {409}
    assert {past.json["code"], far.json["code"]} == {"readiness_expiry_out_of_range"}
    assert good.status_code == 201
    assert abs(datetime.fromisoformat(good.json["decided_at"]) - now) < timedelta(minutes=1)
    assert len(stage.facts("ReadinessDecided")) == 1


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
def test_a_moment_at_the_end_of_the_calendar_is_refused(stage: Stage, moment: str) -> None:
    assert stage.decide(stage.ana_id, "ready", expires_at=moment).status_code == 409


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"decision": "ready"}, "/expires_at"),
        ({"decision": "not_yet", "expires_at": NOW.isoformat()}, "/expires_at"),
        ({"decision": "ready", "expires_at": "2031-03-01T12:00:00"}, "/expires_at"),
        ({"decision": "cleared"}, "/decision"),
        ({"decision": "not_yet", "reason": ""}, "/reason"),
    ],
)
def test_a_decision_that_is_not_well_formed_is_refused(
    stage: Stage, body: dict[str, Any], pointer: str
) -> None:
    answer = stage.clinician.post(f"{stage.of(stage.ana_id)}/readiness", {"reason": "So.", **body})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


def test_the_same_decision_sent_twice_is_one(stage: Stage) -> None:
    body = {
        "decision": "ready",
        "reason": "So.",
        "expires_at": (stage.world.now(stage.practice) + timedelta(days=5)).astimezone(ODD_ZONE).isoformat(),
    }
    first, again = (
        stage.clinician.post(f"{stage.of(stage.ana_id)}/readiness", body, key="decide-once") for _ in range(2)
    )
    assert (first.status_code, first.data) == (again.status_code, again.data)
    assert first.json["expires_at"].endswith("+00:00")
    assert len(stage.facts("ReadinessDecided")) == 1


def test_preparation_is_done_once(stage: Stage) -> None:
    first = stage.clinician.post(f"{stage.of(stage.ana_id)}/preparation-completed")
    stage.world.move_clock(stage.practice, timedelta(days=1))
    again = stage.clinician.post(f"{stage.of(stage.ana_id)}/preparation-completed")

    assert first.status_code == 201, first.text
    assert first.json["person_id"] == str(stage.ana_id)
    assert (again.status_code, again.data) == (201, first.data)
    (told,) = stage.facts("PreparationCompleted")
    assert (told.couple_id, told.person_id) == (stage.couple_id, stage.ana_id)
    assert told.at.isoformat() == first.json["completed_at"]


@pytest.mark.P2
def test_only_who_treats_the_couple_decides(stage: Stage) -> None:
    admin = stage.world.caller("intake", stage.practice, stage.desk.actor.person_id, "practice_admin")
    here = stage.of(stage.ana_id)
    body = {"decision": "not_yet", "reason": "So."}
    for who in (stage.stranger, stage.desk, admin, stage.ana, stage.bo):
        assert who.post(f"{here}/readiness", body).status_code == 404
        assert who.post(f"{here}/preparation-completed").status_code == 404
        assert who.get(f"{here}/intention").status_code == 404
        assert who.get(f"/couples/{stage.couple_id}/readiness").status_code == 404
    assert stage.facts("ReadinessDecided") == stage.facts("PreparationCompleted") == []


@pytest.mark.P2
def test_a_person_of_another_couple_is_not_found_under_this_one(stage: Stage) -> None:
    other = stage.desk.post("/couples", {"partners": [{"display_name": "Cleo"}]}).json
    cleo = f"/couples/{stage.couple_id}/partners/{other['partners'][0]['person_id']}"
    assert stage.clinician.post(f"{cleo}/preparation-completed").status_code == 404
    assert (
        stage.clinician.post(f"{cleo}/readiness", {"decision": "not_yet", "reason": "So."}).status_code == 404
    )
    assert stage.clinician.get(f"{cleo}/intention").status_code == 404


def test_the_care_team_sees_whose_preparation_is_done(stage: Stage) -> None:
    path = f"/couples/{stage.couple_id}/readiness"
    assert stage.clinician.get(path).json["preparations"] == []
    stage.clinician.post(f"{stage.of(stage.bo_id)}/preparation-completed")
    (done,) = stage.clinician.get(path).json["preparations"]
    assert set(done) == {"person_id", "completed_at"}
    assert done["person_id"] == str(stage.bo_id)
