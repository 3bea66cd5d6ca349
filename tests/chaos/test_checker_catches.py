"""The checker of the whole stack reports what really goes wrong, by its right name: each test plants one fault."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from shared.events.sessions import SessionBooked
from shared.ids import new_id
from tests.chaos.planting import HOUR, NOON, Scene, scene
from tests.postgres.server import PostgresServer
from tests.world.world import World

READERS = SessionBooked.CONSUMERS


@pytest.fixture
def on(world: World, postgres_server: PostgresServer) -> Iterator[Scene]:
    with scene(postgres_server) as made:
        yield made


def test_a_stack_without_a_fault_has_nothing_against_it(on: Scene) -> None:
    booking = on.booking(who=uuid4())
    on.event(booking, applied_by=READERS)
    on.mail(on.delivery(on.notice("session_booked", booking)))
    on.withdrawal(on.medicine_session(is_stopped=True))
    on.alert("safety", source=on.concern())
    assert on.faults() == {}


@pytest.mark.D2
def test_a_mail_that_was_received_twice_is_a_notice_twice(on: Scene) -> None:
    delivery = on.delivery(on.notice("session_booked", on.booking(who=uuid4())))
    on.mail(delivery)
    on.mail(delivery)
    assert on.faults() == {"notices_twice": 1}


@pytest.mark.D2
def test_two_mails_of_one_notice_to_one_person_are_a_notice_twice(on: Scene) -> None:
    on.drop_unique("notify", "delivery")
    notice, person = on.notice("session_booked", on.booking(who=uuid4())), uuid4()
    for _ in range(2):
        on.mail(on.delivery(notice, recipient=person))
    assert set(on.faults()) == {"notices_twice"}


@pytest.mark.D2
@pytest.mark.parametrize("occasion", ["session_booked", "reminder_24h", "reminder_2h"])
def test_news_of_an_appointment_half_a_minute_after_it_was_cancelled_is_stale(
    on: Scene, occasion: str
) -> None:
    booking = on.booking(who=uuid4())
    cancelled = on.promise(f"/sessions/bookings/{booking}/cancel")
    delivery = on.delivery(on.notice(occasion, booking))
    on.mail(delivery, at=cancelled.answered_at + 29)
    assert on.faults() == {}
    on.mails.clear()
    on.mail(delivery, at=cancelled.answered_at + 31)
    assert on.faults() == {"notices_stale": 1}


@pytest.mark.D2
def test_a_reminder_of_the_integration_session_of_a_withdrawn_session_is_stale(on: Scene) -> None:
    booking, session = on.booking(who=uuid4()), on.medicine_session(is_stopped=True)
    on.run("sessions", f"UPDATE booking SET medicine_session_id = '{session}' WHERE id = '{booking}'")
    withdrawn = on.promise(f"/sessions/me/medicine-sessions/{session}/withdraw")
    on.mail(on.delivery(on.notice("reminder_24h", booking)), at=withdrawn.answered_at + 31)
    assert on.faults() == {"notices_stale": 1}


@pytest.mark.D2
def test_a_request_to_check_in_after_the_answer_is_stale(on: Scene) -> None:
    check_in = uuid4()
    answered = on.promise(f"/integration/me/check-ins/{check_in}/answer")
    on.mail(on.delivery(on.notice("check_in_opened", check_in)), at=answered.answered_at + 31)
    assert on.faults() == {"notices_stale": 1}


@pytest.mark.B1
def test_one_resource_held_twice_is_a_double_booking(on: Scene) -> None:
    on.run("sessions", "ALTER TABLE occupancy DROP CONSTRAINT occupancy_no_overlap")
    for hour in (12, 13):
        during = f"[2030-05-01 {hour}:00Z, 2030-05-01 {hour + 1}:30Z)"
        on.row("sessions", "occupancy", id=new_id(), session_id=uuid4(), resource_no=1, during=during)
    assert on.faults() == {"double_bookings": 1}


@pytest.mark.B1
def test_two_appointments_of_one_practitioner_are_a_double_booking_though_no_time_is_held(on: Scene) -> None:
    who = uuid4()
    on.booking(who=who)
    on.booking(who=who, starts_at=NOON + HOUR)  # one after the other
    assert on.faults() == {}
    on.booking(who=who, starts_at=NOON + HOUR / 2)
    assert on.faults() == {"double_bookings": 2}


@pytest.mark.C1
def test_a_session_that_runs_against_a_withdrawn_consent_is_found_in_the_database(on: Scene) -> None:
    on.withdrawal(on.medicine_session())
    assert on.faults() == {"started_after_withdrawal": 1}


@pytest.mark.C1
def test_a_start_that_was_sent_after_the_withdrawal_was_answered_is_found_by_the_promises(on: Scene) -> None:
    session = on.medicine_session()
    on.promise(f"/sessions/me/medicine-sessions/{session}/withdraw")
    on.promise(f"/sessions/medicine-sessions/{session}/start")
    assert on.faults() == {"started_after_withdrawal": 1}


@pytest.mark.D1
def test_an_event_that_a_service_has_not_applied_is_lost(on: Scene) -> None:
    on.event(uuid4(), applied_by=READERS)
    on.event(uuid4(), applied_by=READERS[1:])
    assert on.faults() == {"lost": 1}


@pytest.mark.D1
def test_a_fact_that_never_reached_the_log_is_lost(on: Scene) -> None:
    on.booking(who=uuid4(), is_known=False)
    assert on.faults() == {"lost": 1}


@pytest.mark.D1
def test_events_of_a_session_that_lie_in_another_order_than_they_were_recorded_in(on: Scene) -> None:
    session, older = uuid4(), UUID(int=(1 << 80) | (7 << 76))
    on.event(session, applied_by=READERS)
    on.event(session, event_id=older, applied_by=READERS)
    assert on.faults() == {"reordered": 1}
    on.records.append(on.records[0])  # it comes again: that is no new place
    assert on.faults() == {"reordered": 1}


@pytest.mark.D1
def test_what_was_promised_and_is_not_there_is_lost(on: Scene) -> None:
    on.promise("/practices", {"practice_id": str(on.practice)})
    booking = on.booking(who=uuid4())
    on.promise("/sessions/bookings", {"session_id": str(booking)})
    assert on.faults() == {}
    on.promise("/sessions/bookings", {"session_id": str(uuid4())})
    assert on.faults() == {"lost": 1}


@pytest.mark.D1
def test_a_command_that_took_effect_twice_is_found(on: Scene) -> None:
    on.promise("/practices", {"practice_id": str(on.practice)})
    one, other = on.booking(who=uuid4()), on.booking(who=uuid4())
    command = on.promise("/sessions/bookings", {"session_id": str(one)})
    assert on.faults() == {"invented": 1}
    command.answers.append({"session_id": str(other)})
    assert on.faults() == {"doubled": 1}


@pytest.mark.D1
def test_who_never_heard_an_answer_may_have_made_something(on: Scene) -> None:
    on.promise("/practices", {"practice_id": str(on.practice)})
    on.booking(who=uuid4())
    on.promise("/sessions/bookings", status=503).answers.clear()
    assert on.faults() == {}


@pytest.mark.D1
def test_an_event_that_still_waits_is_left_over(on: Scene) -> None:
    on.outbox()
    assert on.faults() == {"left_over": 1}


def test_a_concern_without_an_alert_is_forgotten(on: Scene) -> None:
    on.concern()
    assert on.faults() == {"forgotten": 1}


def test_an_alert_that_nobody_was_told_of_is_forgotten(on: Scene) -> None:
    on.alert("safety", source=on.concern(), is_told=False)
    assert on.faults() == {"forgotten": 1}


def test_a_withdrawal_without_an_alert_is_forgotten(on: Scene) -> None:
    session = on.medicine_session(is_stopped=True)
    on.withdrawal(session)
    on.run("notify", "DELETE FROM alert WHERE kind = 'consent_withdrawn'")
    assert on.faults()["forgotten"] >= 1
