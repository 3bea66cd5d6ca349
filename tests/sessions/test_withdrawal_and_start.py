"""No session starts after a committed withdrawal, nor on facts that nobody vouches for (rule C1)."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY

from services.sessions.app import create_app
from services.sessions.commands import consents
from shared.clock import utcnow
from shared.db.tenancy import Scope
from shared.events.gateway import StaffJoined, StaffRole
from shared.events.intake import Readiness
from tests.sessions.couple_in_care import CoupleInCare, couple_in_care, events_of
from tests.world.world import World

ROUNDS = 25


@pytest.mark.C1
@pytest.mark.timeout(600)
def test_withdrawal_and_start_raced_never_leave_a_running_session_without_a_stop(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.on_the_day()
    outcomes = set()
    with ThreadPoolExecutor(2) as pool:
        for round_no in range(ROUNDS):
            gate = Barrier(2)

            def at_once(act: Any, *args: Any, gate: Barrier = gate) -> Any:
                gate.wait()
                return act(*args)

            by = care.ana if round_no % 2 else care.bo
            withdrawn = pool.submit(at_once, care.withdraw, by, session_id)
            # Vouched for: under load a round may find the facts older than a minute, which isn't what is raced.
            started = pool.submit(at_once, lambda: care.start(session_id, confirms_facts=True))
            assert withdrawn.result().status_code == 201, withdrawn.result().text
            start = started.result()
            session = care.therapist.get(f"/medicine-sessions/{session_id}").json
            if start.status_code == 201:
                assert (session["state"], session["is_stopped"]) == ("in_progress", True)
            else:
                assert start.json["code"] in ("consent_missing", "session_not_confirmed")
                assert (session["state"], session["started_at"]) == ("held", None)
            outcomes.add(start.status_code)
            assert care.start(session_id, confirms_facts=True).status_code == 409
            _as_before(world, care, session_id)
    assert outcomes, "both outcomes are right; which ones occurred depends on the machine"


@pytest.mark.C1
def test_a_start_waits_for_a_withdrawal_that_is_not_committed_yet(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.on_the_day()
    scope = Scope(care.practice, care.partner_ids[0], "partner")
    with ThreadPoolExecutor(1) as pool:
        with world.sides["sessions"].database.transaction(scope) as db:
            consents.withdraw_consent(db, UUID(session_id), care.partner_ids[0], now=care.now)
            start = pool.submit(care.start, session_id)
            with pytest.raises(StillWaiting):
                start.result(timeout=0.5)
        assert start.result().json["code"] == "consent_missing"
    assert care.state_of(session_id) == "held"


@pytest.mark.C1
def test_a_withdrawal_works_with_the_event_log_down(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.on_the_day()
    settings = replace(world.sides["sessions"].settings, event_log_url="kafka://localhost:1")
    app = create_app(settings, world.clock)
    token = world.signer.sign(care.ana.actor, audience="sessions", now=utcnow())

    answer = app.test_client().post(
        f"/api/v1/sessions/me/medicine-sessions/{session_id}/withdraw",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex},
        json={},
    )

    assert (answer.status_code, answer.json["state"]) == (201, "withdrawn")
    assert care.start(session_id).json["code"] == "consent_missing"
    assert "consent_withdrawn" in events_of(world, care.practice, session_id), "kept until the log is back"
    app.extensions["attune_database"].close()


def test_how_long_a_withdrawal_took_to_hold_the_session_is_measured(world: World) -> None:
    def measured() -> float:
        return REGISTRY.get_sample_value("attune_sessions_withdrawal_hold_seconds_count") or 0.0

    care = couple_in_care(world)
    session_id, _ = care.confirmed()
    before = measured()
    assert care.withdraw(care.ana, str(uuid4())).status_code == 404
    assert measured() == before
    care.withdraw(care.ana, session_id)
    assert measured() == before + 1


def test_withdrawing_twice_is_one_withdrawal(world: World) -> None:
    care = couple_in_care(world)
    session_id, _ = care.confirmed()
    first = care.withdraw(care.ana, session_id)
    again = care.withdraw(care.ana, session_id)
    assert first.data == again.data
    assert events_of(world, care.practice, session_id).count("consent_withdrawn") == 1
    acts = world.rows(
        "sessions",
        care.practice,
        "SELECT state FROM consent_act WHERE session_id = %s AND person_id = %s ORDER BY id",
        session_id,
        care.partner_ids[0],
    )
    assert [row[0] for row in acts] == ["given", "withdrawn"]


@pytest.mark.C1
def test_a_withdrawal_after_the_start_stops_the_session_but_does_not_end_it(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.on_the_day()
    assert care.start(session_id).status_code == 201
    care.withdraw(care.bo, session_id)
    session = care.therapist.get(f"/medicine-sessions/{session_id}").json
    assert (session["state"], session["is_stopped"]) == ("in_progress", True)
    assert events_of(world, care.practice, session_id)[-1] == "consent_withdrawn"
    assert care.shown(care.ana, session_id)["state"] == "in_progress"


@pytest.mark.C1
def test_stale_facts_stop_a_start_unless_a_named_practitioner_confirms_them(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.on_the_day()
    world.rows(
        "sessions",
        care.practice,
        "UPDATE log_position SET ticked_at = now() - interval '61 seconds' WHERE topic = 'attune.intake' RETURNING 1",
    )
    refused = care.start(session_id)
    assert (refused.status_code, refused.json["code"]) == (409, "facts_not_fresh")

    started = care.start(session_id, confirms_facts=True)

    assert started.status_code == 201
    assert started.json["facts_confirmed_by"] == str(care.practitioner_id)
    assert started.json["facts_confirmed_at"] == started.json["started_at"]


def test_fresh_facts_need_nobody_to_confirm_them(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.on_the_day()
    assert care.start(session_id, confirms_facts=True).json["facts_confirmed_by"] is None


def test_readiness_lost_on_the_day_stops_the_start(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.on_the_day()
    care.decide(care.partner_ids[0], Readiness.NOT_YET)
    assert care.start(session_id).json["code"] == "session_not_confirmed"


def test_a_session_starts_half_an_hour_early_at_most(world: World) -> None:
    care = couple_in_care(world)
    session_id, _ = care.confirmed()
    care.move_to(care.starts_at - timedelta(minutes=40))
    care.reaffirm(care.ana, session_id)
    care.reaffirm(care.bo, session_id)
    assert care.start(session_id).json["code"] == "not_the_time_yet"


def test_consent_is_reaffirmed_on_the_day_only_and_only_where_it_stands(world: World) -> None:
    care = couple_in_care(world)
    session_id, _ = care.confirmed()
    assert care.reaffirm(care.ana, session_id).json["code"] == "not_the_day_of_the_session"


def test_consent_to_an_outdated_text_is_refused(world: World) -> None:
    care = couple_in_care(world)
    path = f"/me/medicine-sessions/{care.plan()}/consent"
    assert care.ana.post(path, {"text_version": "1999-01"}).json["code"] == "consent_text_outdated"
    assert care.ana.get(path).json["state"] == "not_given"


@pytest.mark.P2
def test_only_an_attending_clinician_starts_a_session(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.on_the_day()
    other = uuid4()
    joined = StaffJoined(person_id=other, roles=(StaffRole.PRACTITIONER,), contact_id=uuid4())
    world.tell(care.practice, joined)
    elsewhere = world.practice()
    for practice, person, role in (
        (care.practice, other, "practitioner"),
        (care.practice, care.practitioner_id, "front_desk"),
        (care.practice, care.partner_ids[0], "partner"),
        (elsewhere, care.practitioner_id, "practitioner"),
    ):
        caller = world.caller("sessions", practice, person, role)
        answer = caller.post(f"/medicine-sessions/{session_id}/start")
        assert answer.status_code == 404
        assert answer.json["code"] == "not_found"


def _as_before(world: World, care: CoupleInCare, session_id: str) -> None:
    """Put the session back to confirmed, both consents reaffirmed: another round of the same race."""
    for statement in (
        "UPDATE medicine_session SET state = 'confirmed', is_stopped = false, started_at = NULL, version = version + 1"
        " WHERE id = %s RETURNING 1",
        "UPDATE consent SET state = 'reaffirmed' WHERE session_id = %s RETURNING 1",
        "UPDATE booking SET is_called_off = false WHERE medicine_session_id = %s RETURNING 1",
    ):
        world.rows("sessions", care.practice, statement, session_id)
