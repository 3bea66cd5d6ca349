"""What notify knows again after it was lost: who was told what stays true, and the next change is told."""

import dataclasses
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.notify.domain.occasions import Occasion, told_change
from shared.db.tenancy import Scope
from shared.events.base import Event
from shared.events.integration import SafetyConcernRaised, Urgency
from shared.events.notify import AlertAcknowledged
from shared.events.sessions import (
    MedicineSessionStanding,
    MedicineSessionStated,
    SessionCancelled,
    SessionStanding,
    SessionStated,
)
from tests.notify.office import Office
from tests.world.stating import stated

QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
SESSION, START = uuid4(), "2026-03-08T09:30:00+00:00"


def state(office: Office, fact: Event) -> None:
    """Its owner states it for notify, which applies it."""
    side = office.world.sides[fact.OWNER]
    with side.database.transaction(Scope(office.practice, role="worker")) as db:
        db.info["outbox"].record(db, fact, snapshot_for="notify")
    office.tell()
    office.world.pump(ticks=True)


def lose(office: Office) -> Any:
    """The appointments are gone; what their rows held."""
    found = office.world.rows("notify", office.practice, "SELECT * FROM appointment")
    with office.world.sides["notify"].database.transaction(Scope(office.practice, role="worker")) as db:
        db.connection().exec_driver_sql("DELETE FROM appointment")
    return found


def told(office: Office, session: UUID) -> tuple[str | None, int]:
    sql = "SELECT told_state, told_count FROM appointment WHERE session_id = %s"
    (row,) = office.world.rows("notify", office.practice, sql, session)
    return tuple(row)  # type: ignore[return-value]


@pytest.mark.D2
def test_after_a_rebuild_the_next_change_of_a_medicine_session_is_told_and_no_former_one(
    office: Office,
) -> None:
    session, starts_at = uuid4(), office.now + 5 * DAY
    office.tell(office.confirmation(session, starts_at, office.now + QUARTER))
    office.wait(QUARTER)
    released_at = office.now + QUARTER
    office.tell(office.hold(session, released_at))
    office.wait(QUARTER)
    assert told(office, session) == ("not_going_ahead", 2)
    confirmation = office.confirmation(session, starts_at, released_at)
    before, inbox = lose(office), office.inbox(office.ana)

    state(
        office,
        MedicineSessionStated(
            session_id=session,
            couple_id=office.couple,
            state=MedicineSessionStanding.HELD,
            partner_ids=confirmation.partner_ids,
            practitioner_ids=confirmation.practitioner_ids,
            starts_at=starts_at,
            ends_at=confirmation.ends_at,
            zone=confirmation.zone,
            released_at=released_at,
        ),
    )
    assert office.world.rows("notify", office.practice, "SELECT * FROM appointment") == before
    office.wait(QUARTER)
    assert office.inbox(office.ana) == inbox, "nobody is told again"

    office.tell(office.confirmation(session, starts_at, office.now + QUARTER))
    office.wait(QUARTER)
    assert len(office.inbox(office.ana)) == len(inbox) + 1
    assert told(office, session) == ("confirmed", 3)


@pytest.mark.D2
def test_after_a_rebuild_a_cancellation_is_told_once_more_only_when_it_was_booked_again(
    office: Office,
) -> None:
    booking = office.booking(office.now + 5 * DAY)
    session = booking.session_id
    office.tell(booking)
    office.tell(SessionCancelled(session_id=session))
    office.tell(booking)
    assert told(office, session) == ("booked", 1)
    before, inbox = lose(office), office.inbox(office.ana)

    said = dataclasses.asdict(booking)
    state(office, SessionStated(state=SessionStanding.BOOKED, **said))
    assert office.world.rows("notify", office.practice, "SELECT * FROM appointment") == before
    assert office.inbox(office.ana) == inbox

    office.tell(SessionCancelled(session_id=session))
    assert told(office, session) == ("cancelled", 2)
    assert len(office.inbox(office.ana)) == len(inbox) + 1


@pytest.mark.parametrize(
    ("notices", "last"),
    [
        ([(Occasion.MEDICINE_CONFIRMED, "1")], (1, "confirmed")),
        ([(Occasion.MEDICINE_CONFIRMED, "1"), (Occasion.MEDICINE_NOT_GOING_AHEAD, "2")], (2, "not_going_ahead")),
        ([(Occasion.MEDICINE_NOT_GOING_AHEAD, "9"), (Occasion.MEDICINE_CONFIRMED, "10")], (10, "confirmed")),
        ([(Occasion.SESSION_BOOKED, f"{START}")], (0, "booked")),
        ([(Occasion.SESSION_BOOKED, f"{START}"), (Occasion.SESSION_CANCELLED, "1")], (1, "cancelled")),
        ([(Occasion.SESSION_BOOKED, f"{START}/1"), (Occasion.SESSION_CANCELLED, "1")], (1, "booked")),
        ([(Occasion.CONSULTATION_BOOKED, f"{START}/1"), (Occasion.SESSION_CANCELLED, "2")], (2, "cancelled")),
    ],
)  # fmt: skip
def test_the_last_of_an_appointments_notices_says_what_was_told(
    notices: list[tuple[Occasion, str]], last: tuple[int, str]
) -> None:
    count, _, state_told = max(told_change(occasion, f"{SESSION}/{rest}") for occasion, rest in notices)
    assert (count, state_told) == last


def test_only_safety_concerns_that_were_taken_up_are_stated(office: Office) -> None:
    concerns = [uuid4(), uuid4()]
    for concern in concerns:
        office.tell(
            SafetyConcernRaised(
                concern_id=concern, couple_id=office.couple, person_id=office.ana, urgency=Urgency.NOW
            )
        )
    assert stated(office.world, "notify", office.practice, AlertAcknowledged) == []
    team = office.as_one(office.team[0], "practitioner")
    alert_of = dict(office.world.rows("notify", office.practice, "SELECT source_id, id FROM alert"))
    assert team.post(f"/alerts/{alert_of[concerns[0]]}/acknowledge").status_code == 201
    (fact,) = stated(office.world, "notify", office.practice, AlertAcknowledged)
    assert (fact.concern_id, fact.by, fact.person_id) == (concerns[0], office.team[0], office.ana)
