"""The observation log: of whom, when, by whom; sealed, never changed, never seen by a partner."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.sessions.couple_in_care import CoupleInCare, couple_in_care
from tests.world.world import World

SEEN = {"systolic_mmhg": 128, "diastolic_mmhg": 82, "note": "Calm, asks for water."}


def write(care: CoupleInCare, session_id: str, **said: Any) -> Any:
    body = {"person_id": str(care.partner_ids[0]), **(said or SEEN)}
    return care.therapist.post(f"/medicine-sessions/{session_id}/observations", body)


def log_of(care: CoupleInCare, session_id: str) -> list[dict[str, Any]]:
    return list(care.therapist.get(f"/medicine-sessions/{session_id}/observations").json["items"])


def test_a_baseline_what_is_seen_and_what_is_noticed_late_stand_in_their_order(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.on_the_day()
    assert write(care, session_id).status_code == 201
    care.move_to(care.starts_at + timedelta(minutes=1))
    assert care.start(session_id).status_code == 201
    assert write(care, session_id, note="Rests.").status_code == 201
    care.therapist.post(f"/medicine-sessions/{session_id}/end")
    earlier = care.starts_at - timedelta(minutes=9)
    late = write(care, session_id, systolic_mmhg=131, diastolic_mmhg=85, observed_at=earlier.isoformat())
    assert late.status_code == 201, late.text
    found = [(one["systolic_mmhg"], one["note"]) for one in log_of(care, session_id)]
    assert found == [(128, "Calm, asks for water."), (131, None), (None, "Rests.")]
    assert {one["recorded_by"] for one in log_of(care, session_id)} == {str(care.practitioner_id)}


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"systolic_mmhg": 128}, "/diastolic_mmhg"),
        ({"diastolic_mmhg": 82}, "/systolic_mmhg"),
        ({"systolic_mmhg": 82, "diastolic_mmhg": 128}, "/diastolic_mmhg"),
        ({"systolic_mmhg": 1280, "diastolic_mmhg": 82}, "/systolic_mmhg"),
        ({"note": None}, "/note"),
    ],
)
def test_what_is_no_reading_is_refused_beside_its_field(
    world: World, said: dict[str, Any], pointer: str
) -> None:
    care = couple_in_care(world)
    refused = write(care, care.plan(), **said)
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.json["errors"]] == [pointer]


def test_only_of_who_takes_part_on_that_day_once_the_session_is_confirmed(world: World) -> None:
    care = couple_in_care(world)
    planned = care.plan()
    assert write(care, planned).json["code"] == "not_observed_now"
    assert write(care, planned, note="x", person_id=str(uuid4())).json["code"] == "not_of_this_couple"
    care = couple_in_care(world)
    session_id, _ = care.confirmed()
    assert write(care, session_id).json["code"] == "not_the_day_of_the_session"
    care.move_to(care.starts_at - timedelta(minutes=10))
    to_come = (care.now + timedelta(hours=1)).isoformat()
    assert write(care, session_id, note="x", observed_at=to_come).json["code"] == "not_observed_now"
    assert log_of(care, session_id) == []


@pytest.mark.P1
@pytest.mark.P2
def test_neither_a_partner_nor_a_stranger_of_the_staff_sees_or_writes_one(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.on_the_day()
    assert write(care, session_id).status_code == 201
    path = f"/medicine-sessions/{session_id}/observations"
    others = [
        care.ana,
        care.bo,
        *(
            world.caller("sessions", care.practice, uuid4(), role)
            for role in ("practitioner", "prescriber", "front_desk", "practice_admin")
        ),
    ]
    for one in others:
        assert one.get(path).status_code == 404
        assert one.post(path, {"person_id": str(care.partner_ids[0]), **SEEN}).status_code == 404
    assert len(log_of(care, session_id)) == 1


@pytest.mark.A1
@pytest.mark.P3
def test_it_is_sealed_and_every_look_is_audited(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.on_the_day()
    made = write(care, session_id).json["observation_id"]
    log_of(care, session_id)
    stored = world.rows("sessions", care.practice, "SELECT blood_pressure, note FROM observation")
    assert not any(b"128" in bytes(row[0]) or b"Calm" in bytes(row[1]) for row in stored)
    looks = world.rows(
        "sessions",
        care.practice,
        "SELECT act, about_id FROM audit_row WHERE kind = 'observation' AND record_id = %s",
        made,
    )
    assert sorted(row[0] for row in looks) == ["change", "read"]
    assert {row[1] for row in looks} == {care.partner_ids[0]}
