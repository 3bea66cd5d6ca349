"""What workers change of records of care by themselves is written down in the same transaction."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.integration.commands import journeys
from services.notify.commands import alerts
from services.sessions.commands import gate
from shared.audit.by_workers import NotDeclared, audited, changed, handling
from shared.db.tenancy import Scope
from shared.events.gateway import InvitationAccepted, PartnerInvited
from shared.events.intake import Readiness
from shared.events.integration import SafetyConcernRaised, Urgency
from shared.events.notify import AlertAcknowledged
from shared.events.sessions import MedicineSessionEnded, MedicineSessionOverdue, Programme
from shared.ids import NIL
from tests.audit.watching import watched
from tests.intake.stage import set_stage
from tests.integration.story import UNSAFE, a_couple
from tests.notify.conftest import office, server
from tests.notify.office import Office
from tests.sessions.couple_in_care import CoupleInCare, couple_in_care
from tests.world.world import World

__all__ = ["office", "server"]
pytestmark = pytest.mark.A1


def by_worker(world: World, service: str, practice: UUID) -> list[tuple[Any, ...]]:
    """What the worker wrote down: kind, record, about whom, by what right, handler. The actor is the service."""
    found = world.rows(
        service,
        practice,
        "SELECT actor_id, act, kind, record_id, about_id, relation, route FROM audit_row"
        " WHERE practice_id = %s AND roles = 'worker' ORDER BY at, id",
        practice,
    )
    assert {(one[0], one[1]) for one in found} <= {(NIL, "change")}
    return [tuple(one[2:]) for one in found]


def failures(world: World, service: str, practice: UUID) -> int:
    """Events put aside and timers that must be tried again: what the watching database refused."""
    count = 0
    for table, failed in (("dead_letter", "true"), ("timer", "attempts > 0")):
        count += world.rows(
            service, practice, f"SELECT count(*) FROM {table} WHERE {failed} AND practice_id = %s", practice
        )[0][0]
    return count


def agreed_to(care: CoupleInCare) -> str:
    """A planned medicine session that waits for readiness alone."""
    session_id = care.plan()
    care.book()
    care.arrange_transport(session_id)
    care.consent(care.ana, session_id)
    care.consent(care.bo, session_id)
    return session_id


def test_a_session_that_is_confirmed_held_and_freed(world: World) -> None:
    care = couple_in_care(world)
    session_id = UUID(agreed_to(care))
    with watched(world, "sessions"):
        care.make_ready()
        assert care.state_of(str(session_id)) == "confirmed"
        care.decide(care.partner_ids[0], Readiness.NOT_YET)
        assert care.state_of(str(session_id)) == "held"
        care.move_to(care.starts_at)
        assert care.state_of(str(session_id)) == "cancelled"
    assert failures(world, "sessions", care.practice) == 0
    what = ("medicine_session", session_id, care.couple_id)
    assert by_worker(world, "sessions", care.practice) == [
        (*what, "event", "on_preparation_completed"),
        (*what, "event", "on_readiness_decided"),
        (*what, "timer", "fire_free_slot"),
    ]


def test_journeys_check_ins_and_a_concern_that_was_taken_up(world: World) -> None:
    couple = a_couple(world)
    with watched(world, "integration"):
        couple.ended()
        couple.pass_days(1)
        check_in = couple.ana.get("/me/check-ins").json["items"][0]["check_in_id"]
        couple.ana.post(f"/me/check-ins/{check_in}/answer", UNSAFE)
        concern = UUID(couple.therapist.get("/safety-concerns").json["items"][0]["concern_id"])
        fact = AlertAcknowledged(
            alert_id=uuid4(), concern_id=concern, person_id=couple.ana_id,
            by=couple.therapist_id, at=world.now(couple.practice),
        )  # fmt: skip
        world.tell(couple.practice, fact)
    assert not couple.has_failures()
    rows = by_worker(world, "integration", couple.practice)
    assert {(one[0], one[2], *one[3:]) for one in rows[:4]} == {
        (kind, person, *how)
        for person in (couple.ana_id, couple.bo_id)
        for kind, *how in (
            ("journey", "event", "on_medicine_session_ended"),
            ("check_in", "timer", "fire_open_check_in"),
        )
    }
    assert UUID(check_in) in {one[1] for one in rows[:4]}
    assert rows[4:] == [("safety_concern", concern, couple.ana_id, "event", "project_alert_acknowledged")]


def test_an_alert_that_is_raised_climbs_and_is_closed(world: World, office: Office) -> None:
    session, concern = uuid4(), uuid4()
    with watched(world, "notify"):
        office.tell(
            SafetyConcernRaised(
                concern_id=concern, couple_id=office.couple, person_id=office.ana, urgency=Urgency.NOW
            )
        )
        office.wait(timedelta(minutes=16))
        office.tell(
            MedicineSessionOverdue(
                session_id=session,
                couple_id=office.couple,
                practitioner_ids=(office.team[0],),
                at=office.now,
            )
        )
        office.tell(
            MedicineSessionEnded(
                session_id=session,
                couple_id=office.couple,
                partner_ids=(office.ana, office.bo),
                programme=Programme.KETAMINE_CLINIC,
                at=office.now,
            )
        )
    assert failures(world, "notify", office.practice) == 0
    rows = by_worker(world, "notify", office.practice)
    assert [(one[0], one[2], *one[3:]) for one in rows] == [
        ("alert", office.ana, "event", "on_safety_concern_raised"),
        ("alert", office.ana, "timer", "fire_alert"),
        ("alert", office.couple, "event", "on_medicine_session_overdue"),
        ("alert", office.couple, "event", "on_medicine_session_ended"),
    ]
    assert rows[0][1] == rows[1][1] != rows[2][1] == rows[3][1]


def test_an_address_that_nobody_claimed_and_that_is_erased(world: World, office: Office) -> None:
    contact = office.contact("nobody@example.org")
    with watched(world, "notify"):
        office.wait(timedelta(hours=25))
    assert failures(world, "notify", office.practice) == 0
    assert by_worker(world, "notify", office.practice) == [
        ("contact_point", contact, None, "timer", "fire_erase_contact")
    ]


def test_intake_s_worker_changes_no_record_of_care(world: World) -> None:
    stage = set_stage(world)
    with watched(world, "intake"):
        world.tell(
            stage.practice,
            PartnerInvited(couple_id=stage.couple_id, person_id=stage.ana_id, contact_id=uuid4()),
            InvitationAccepted(couple_id=stage.couple_id, person_id=stage.ana_id),
        )
        world.move_clock(
            stage.practice, timedelta(days=100)
        )  # readiness runs out by the clock: nothing fires
    assert failures(world, "intake", stage.practice) == 0
    assert by_worker(world, "intake", stage.practice) == []


# Or the tests above could not fail: the commands forget to say what they changed.


def _say_nothing(*_: Any, **__: Any) -> None:
    """The planted fault."""


def test_a_session_changed_in_silence_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    care = couple_in_care(world)
    session_id = agreed_to(care)
    monkeypatch.setattr(gate, "changed", _say_nothing)
    with watched(world, "sessions"):
        care.make_ready()
    assert failures(world, "sessions", care.practice) > 0
    assert care.state_of(session_id) == "planned"


def test_a_journey_opened_in_silence_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    couple = a_couple(world)
    monkeypatch.setattr(journeys, "changed", _say_nothing)
    with watched(world, "integration"):
        couple.ended()
    assert couple.has_failures()


def test_an_alert_raised_in_silence_is_found(
    world: World, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "changed", _say_nothing)
    with watched(world, "notify"):
        office.tell(
            SafetyConcernRaised(
                concern_id=uuid4(), couple_id=office.couple, person_id=office.ana, urgency=Urgency.NOW
            )
        )
    assert failures(world, "notify", office.practice) > 0


def test_what_a_handler_did_not_declare_it_can_not_change(world: World) -> None:
    practice = world.practice()
    here, audits = {"record_id": uuid4(), "about_id": None}, {"some": audited("alert")}
    with world.sides["notify"].database.transaction(Scope(practice, role="worker")) as db:
        changed(db, "alert", **here)  # nobody's handler: as in a request, its rule says what is written down
        for key, kind in (("some", "contact_point"), ("other", "alert")):
            with (
                pytest.raises(NotDeclared, match=kind),
                handling(db, audits, key, relation="timer", handler="fire_some"),
            ):
                changed(db, kind, **here)
        with handling(db, audits, "some", relation="timer", handler="fire_some"):
            changed(db, "alert", **here)
    assert by_worker(world, "notify", practice) == [("alert", here["record_id"], None, "timer", "fire_some")]
