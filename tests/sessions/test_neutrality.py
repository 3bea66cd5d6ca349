"""Whatever the reason of a hold, both partners see the same neutral bytes at the same time; before, nothing."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.events.intake import ConflictMarked, Readiness
from shared.events.sessions import SessionCancelled
from tests.sessions.couple_in_care import CoupleInCare, couple_in_care, told
from tests.world.world import Caller, World

Reason = Callable[[CoupleInCare, str, str], Any]

REASONS: dict[str, Reason] = {
    "ana withdrew consent": lambda care, session, _: care.withdraw(care.ana, session),
    "bo withdrew consent": lambda care, session, _: care.withdraw(care.bo, session),
    "readiness was lost": lambda care, *_: care.decide(care.partner_ids[1], Readiness.NOT_YET),
    "the practitioner is ill": lambda care, session, _: care.therapist.post(
        f"/medicine-sessions/{session}/cancel"
    ),
    "a conflict of interest came up": lambda care, *_: care.world.tell(
        care.practice,
        ConflictMarked(couple_id=care.couple_id, practitioner_id=care.practitioner_id, at=care.now),
    ),
    "front desk cancelled": lambda care, session, _: care.desk.post(f"/bookings/{session}/cancel"),
    "transport fell through": lambda care, session, _: care.therapist.post(
        f"/medicine-sessions/{session}/transport-plan/withdraw", {"person_id": str(care.partner_ids[0])}
    ),
    "the integration was lost": lambda care, _, integration: care.desk.post(
        f"/bookings/{integration}/cancel"
    ),
}


def seen(caller: Caller, *ids: str) -> tuple[bytes, list[tuple[str, str]]]:
    """Bytes and headers of a partner's list; given ids are replaced, and rows without times put in order."""
    answer = caller.get("/me/sessions")
    assert answer.status_code == 200
    text = answer.data.decode()
    for number, one in enumerate(ids):
        text = text.replace(one, f"{number:036d}")
    if ids:
        items = sorted(json.loads(text)["items"], key=lambda one: str(one["session_id"]))
        text = json.dumps(items)
    return text.encode(), sorted(answer.headers.items())


@pytest.mark.C2
@pytest.mark.timeout(600)  # eight practices, each with a session confirmed, held and freed
def test_partners_see_the_same_bytes_whatever_the_reason_of_a_hold(world: World) -> None:
    before, after, much_later = {}, {}, {}
    for reason, cause in REASONS.items():
        care = couple_in_care(world)
        session_id, integration_id = care.confirmed()
        world.move_clock(care.practice, timedelta(minutes=15))
        is_confirmed = seen(care.ana, session_id, integration_id)
        cause(care, session_id, integration_id)
        assert seen(care.ana) == seen(care.bo), reason
        before[reason] = seen(care.bo, session_id, integration_id)
        assert before[reason] == is_confirmed, "nothing shows before the quarter hour"
        world.move_clock(care.practice, timedelta(minutes=15))
        assert seen(care.ana) == seen(care.bo), reason
        after[reason] = seen(care.bo, session_id, integration_id)
        assert after[reason] != before[reason], "it shows from the quarter hour on"
        world.move_clock(care.practice, timedelta(hours=25))
        assert seen(care.ana) == seen(care.bo), reason
        much_later[reason] = seen(care.ana, session_id, integration_id)
        for partner in (care.ana, care.bo):
            assert partner.get(f"/me/sessions/{session_id}/calendar.ics").status_code == 404
    assert len(set(map(repr, before.values()))) == 1
    assert len(set(map(repr, after.values()))) == 1
    assert set(map(repr, much_later.values())) == set(map(repr, after.values())), "freeing shows nothing"


@pytest.mark.C2
@pytest.mark.parametrize("reason", REASONS)
def test_an_appointment_called_off_with_its_medicine_session_names_it(world: World, reason: str) -> None:
    care = couple_in_care(world)
    session_id, integration_id = care.confirmed()
    REASONS[reason](care, session_id, integration_id)
    world.move_clock(care.practice, timedelta(hours=25))
    (cancelled,) = told(world, care.practice, SessionCancelled)
    assert cancelled == SessionCancelled(
        session_id=UUID(integration_id), follows_session_id=UUID(session_id)
    ), "once, and left to the notice of the medicine session"


@pytest.mark.C2
def test_an_integration_booked_before_its_medicine_session_was_planned_goes_off_with_it_when_lost(
    world: World,
) -> None:
    care = couple_in_care(world)
    care.make_ready()
    integration_id = care.book()
    session_id = care.plan()
    care.arrange_transport(session_id)
    care.consent(care.ana, session_id)
    care.consent(care.bo, session_id)
    world.move_clock(care.practice, timedelta(minutes=15))

    care.desk.post(f"/bookings/{integration_id}/cancel")

    (cancelled,) = told(world, care.practice, SessionCancelled)
    assert cancelled.follows_session_id == UUID(session_id)
    for released, state in ((False, "confirmed"), (True, "not_going_ahead")):
        if released:
            world.move_clock(care.practice, timedelta(minutes=15))
        assert care.shown(care.ana, integration_id)["state"] == state
        assert care.shown(care.ana, session_id)["state"] == state


def test_an_appointment_cancelled_on_its_own_follows_nothing(world: World) -> None:
    care = couple_in_care(world)
    session_id, integration_id = care.confirmed()
    in_two_days = (care.starts_at + timedelta(days=2)).isoformat()
    talk_id = care.book(kind="regulation", starts_at=in_two_days)
    spare_id = care.book(starts_at=(care.starts_at + timedelta(days=2, hours=2)).isoformat())
    for booking_id in (talk_id, integration_id):
        care.desk.post(f"/bookings/{booking_id}/cancel")
    assert care.state_of(session_id) == "confirmed", "the second integration session is enough"
    assert [one.follows_session_id for one in told(world, care.practice, SessionCancelled)] == [None, None]
    care.desk.post(f"/bookings/{spare_id}/cancel")
    follows = {one.session_id: one.follows_session_id for one in told(world, care.practice, SessionCancelled)}
    assert follows[UUID(spare_id)] == UUID(session_id)


def test_an_appointment_of_a_session_never_confirmed_is_told_of_by_itself(world: World) -> None:
    """Nobody gets a notice of a medicine session that was only planned: silence would hide the other's end."""
    care = couple_in_care(world)
    session_id = care.plan()
    care.book()
    care.therapist.post(f"/medicine-sessions/{session_id}/cancel")
    (cancelled,) = told(world, care.practice, SessionCancelled)
    assert cancelled.follows_session_id is None


@pytest.mark.C2
def test_within_a_day_of_the_start_partners_learn_of_a_hold_at_once(world: World) -> None:
    care = couple_in_care(world)
    session_id, _ = care.confirmed()
    care.move_to(care.starts_at - timedelta(hours=23))
    care.decide(care.partner_ids[0], Readiness.NOT_INDICATED)
    assert care.shown(care.ana, session_id) == care.shown(care.bo, session_id)
    assert care.shown(care.bo, session_id)["state"] == "not_going_ahead"
    assert care.shown(care.bo, session_id)["starts_at"] is None


@pytest.mark.C2
def test_the_own_consent_changes_at_once_and_the_public_state_only_at_its_release(world: World) -> None:
    care = couple_in_care(world)
    session_id, _ = care.confirmed()
    world.move_clock(care.practice, timedelta(minutes=15))
    of_bo = care.bo.get(f"/me/medicine-sessions/{session_id}/consent")

    assert care.withdraw(care.ana, session_id).json["state"] == "withdrawn"

    assert care.ana.get(f"/me/medicine-sessions/{session_id}/consent").json["state"] == "withdrawn"
    again = care.bo.get(f"/me/medicine-sessions/{session_id}/consent")
    assert (again.data, list(again.headers)) == (of_bo.data, list(of_bo.headers))
    assert care.shown(care.ana, session_id)["state"] == "confirmed"
    assert care.shown(care.bo, session_id)["state"] == "confirmed"


@pytest.mark.P1
def test_before_the_first_confirmation_nothing_the_other_does_can_be_seen(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.plan()
    consent = f"/me/medicine-sessions/{session_id}/consent"
    view = care.ana.get(consent)
    whole = seen(care.ana)
    (entry,) = care.ana.get("/me/sessions").json["items"]
    assert entry == {
        "session_id": session_id, "kind": "medicine", "state": "not_scheduled_yet",
        "starts_at": None, "ends_at": None, "zone": "America/Denver",
    }  # fmt: skip

    steps: list[Callable[[], Any]] = [
        lambda: care.consent(care.bo, session_id),
        lambda: care.withdraw(care.bo, session_id),
        lambda: care.decide(care.partner_ids[1], Readiness.NOT_YET),
        lambda: care.arrange_transport(session_id, [care.partner_ids[1]]),
        lambda: world.move_clock(care.practice, timedelta(minutes=31)),
    ]
    for step in steps:
        step()
        assert seen(care.ana) == seen(care.bo) == whole
        assert care.ana.get(consent).data == view.data
        assert care.reaffirm(care.ana, session_id).json["code"] == "not_the_day_of_the_session"
        assert care.ana.get(f"/me/sessions/{session_id}/calendar.ics").status_code == 404


@pytest.mark.P1
def test_reaffirming_does_not_tell_that_today_is_the_hidden_day(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.plan()
    care.consent(care.ana, session_id)
    care.move_to(care.starts_at - timedelta(hours=2))
    assert care.reaffirm(care.ana, session_id).json["code"] == "not_the_day_of_the_session"


@pytest.mark.P1
def test_a_hold_and_a_session_given_up_answer_consent_alike(world: World) -> None:
    answers = []
    for is_given_up in (False, True):
        care = couple_in_care(world)
        session_id, _ = care.confirmed()
        care.withdraw(care.bo, session_id)
        world.move_clock(care.practice, timedelta(hours=25 if is_given_up else 1))
        own = f"/me/medicine-sessions/{session_id}"
        given = care.consent(care.ana, session_id)
        reaffirmed = care.reaffirm(care.ana, session_id)
        taken_back = care.ana.post(f"{own}/withdraw")
        again = care.consent(care.ana, session_id)
        answers.append(
            [
                (one.status_code, one.data.replace(session_id.encode(), b"S"))
                for one in (given, reaffirmed, taken_back, again)
            ]
        )
    assert answers[0] == answers[1]


@pytest.mark.P1
def test_a_partner_who_does_not_take_part_sees_nothing_of_the_session(world: World) -> None:
    care = couple_in_care(world)
    session_id = care.plan(taking_ids=[str(care.partner_ids[0])])
    assert care.bo.get("/me/sessions").json == {"items": []}
    missing = care.bo.get("/me/medicine-sessions/00000000-0000-4000-8000-000000000000/consent")
    denied = care.bo.get(f"/me/medicine-sessions/{session_id}/consent")
    assert denied.status_code == 404
    assert denied.data == missing.data


@pytest.mark.C2
def test_both_partners_get_the_same_neutral_calendar_file(world: World) -> None:
    care = couple_in_care(world)
    session_id, _ = care.confirmed()
    path = f"/me/sessions/{session_id}/calendar.ics"
    assert care.ana.get(path).status_code == 404, "not released yet"
    world.move_clock(care.practice, timedelta(minutes=15))
    for_ana = care.ana.get(path)
    world.move_clock(care.practice, timedelta(minutes=40))
    for_bo = care.bo.get(path)
    assert for_ana.status_code == 200
    assert for_ana.data == for_bo.data
    assert b"SUMMARY:Appointment" in for_ana.data
    for word in (b"medicine", b"ketamine", b"session", b"integration", b"Aspen"):
        assert word.lower() not in for_ana.data.lower()
