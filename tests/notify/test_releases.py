"""What partners are told of a medicine session: both the same, at the moment of release, whatever the reason."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.notify.commands import appointments
from shared.db.tenancy import Scope
from shared.events.sessions import ConsentWithdrawn, MedicineSessionCancelled
from tests.notify.office import Office

QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)
CONFIRMED, NOT_GOING_AHEAD = "Your session is confirmed.", "This session isn't going ahead as planned."


def seen(office: Office, person: UUID) -> list[dict[str, Any]]:
    """A partner's inbox without the ids, which are random."""
    return [{k: v for k, v in one.items() if k != "message_id"} for one in office.inbox(person)]


def bytes_of(office: Office, person: UUID) -> list[bytes]:
    """A partner's mails without the three headers that name this very delivery."""
    made = []
    for mail in office.mails(person):
        for header in ("To", "Message-ID", "Date"):
            del mail[header]
        made.append(mail.as_bytes())
    return made


@pytest.mark.C2
def test_both_partners_are_told_the_same_bytes_at_the_release(office: Office) -> None:
    session = uuid4()
    office.tell(office.confirmation(session, office.now + 5 * DAY, office.now + QUARTER))
    assert seen(office, office.ana) == seen(office, office.bo) == []

    office.wait(QUARTER)

    assert [one["text"] for one in seen(office, office.ana)] == [CONFIRMED]
    assert seen(office, office.ana) == seen(office, office.bo)
    assert len(bytes_of(office, office.ana)) == 1
    assert bytes_of(office, office.ana) == bytes_of(office, office.bo)


@pytest.mark.C2
def test_of_several_changes_before_the_release_only_the_true_state_is_told(office: Office) -> None:
    session = uuid4()
    office.tell(
        office.confirmation(session, office.now + 5 * DAY, office.now + QUARTER),
        office.hold(session, office.now + QUARTER),
    )
    office.wait(QUARTER)
    for person in (office.ana, office.bo):
        assert [one["text"] for one in seen(office, person)] == [NOT_GOING_AHEAD]
        assert len(bytes_of(office, person)) == 1


@pytest.mark.C2
def test_a_hold_undone_before_its_release_leaves_no_trace(office: Office) -> None:
    session, starts_at = uuid4(), office.now + 5 * DAY
    office.tell(office.confirmation(session, starts_at, office.now))
    office.tell(office.hold(session, office.now + QUARTER))
    office.tell(office.confirmation(session, starts_at, office.now + QUARTER))
    office.wait(DAY)
    assert [one["text"] for one in seen(office, office.bo)] == [CONFIRMED]


@pytest.mark.C2
def test_a_change_not_released_yet_is_not_told_with_an_earlier_one(office: Office) -> None:
    session = uuid4()
    office.tell(office.confirmation(session, office.now + 5 * DAY, office.now + QUARTER))
    office.tell(office.hold(session, office.now + 2 * QUARTER))
    office.wait(QUARTER)
    assert seen(office, office.ana) == seen(office, office.bo) == []
    office.wait(QUARTER)
    assert [one["text"] for one in seen(office, office.bo)] == [NOT_GOING_AHEAD]


@pytest.mark.C2
def test_a_change_that_arrives_while_the_release_fires_waits_for_its_own_release(office: Office) -> None:
    session = uuid4()
    office.tell(office.confirmation(session, office.now + 5 * DAY, office.now))
    office.tell(office.hold(session, office.now + QUARTER))
    with office.world.sides["notify"].database.transaction(Scope(office.practice, role="worker")) as db:
        appointments.tell_public_state(db, session, now=office.now)
    assert [one["text"] for one in seen(office, office.ana)] == [CONFIRMED]


@pytest.mark.C2
@pytest.mark.parametrize("reason", ["held", "withdrawn", "cancelled"])
def test_every_reason_looks_the_same(office: Office, reason: str) -> None:
    session, starts_at = uuid4(), office.now + 20 * timedelta(hours=1)
    office.tell(office.confirmation(session, starts_at, office.now))
    if reason == "withdrawn":
        office.tell(
            ConsentWithdrawn(
                session_id=session,
                couple_id=office.couple,
                person_id=office.ana,
                practitioner_ids=(office.team[0],),
                is_after_start=False,
                at=office.now,
            )
        )
    if reason != "cancelled":
        office.tell(office.hold(session, office.now))
    office.tell(MedicineSessionCancelled(session_id=session, couple_id=office.couple))

    for person in (office.ana, office.bo):
        told = seen(office, person)
        assert [one["text"] for one in told] == [NOT_GOING_AHEAD, CONFIRMED]
        assert told[0]["occasion_at"] is None
    assert seen(office, office.ana) == seen(office, office.bo)


@pytest.mark.C2
def test_a_session_cancelled_long_before_is_told_at_a_quarter_hour(office: Office) -> None:
    session = uuid4()
    office.tell(office.confirmation(session, office.now + 5 * DAY, office.now))
    office.tell(MedicineSessionCancelled(session_id=session, couple_id=office.couple))
    [row] = office.world.rows("notify", office.practice, "SELECT released_at FROM appointment")
    assert row.released_at.minute % 15 == row.released_at.second == 0
    office.wait_until(row.released_at)
    assert [one["text"] for one in seen(office, office.bo)] == [NOT_GOING_AHEAD, CONFIRMED]


@pytest.mark.D2
def test_a_mail_overtaken_by_a_newer_change_is_not_sent(office: Office) -> None:
    session = uuid4()
    office.tell(office.confirmation(session, office.now + 5 * DAY, office.now))
    office.tell(office.hold(session, office.now))
    assert len(bytes_of(office, office.ana)) == 1
    assert sorted(office.states()) == ["dropped", "dropped", "sent", "sent"]


@pytest.mark.C2
def test_one_partners_quiet_hours_do_not_show_in_the_others_notice(office: Office) -> None:
    clock = office.now
    office.as_one(office.ana, "partner").put(
        "/me/preferences",
        {
            "language": "en",
            "quiet_from": (clock - timedelta(hours=1)).strftime("%H:%M"),
            "quiet_until": (clock + timedelta(hours=2)).strftime("%H:%M"),
            "zone": "UTC",
        },
    )
    office.tell(office.confirmation(uuid4(), office.now + 5 * DAY, office.now))
    assert seen(office, office.ana) == seen(office, office.bo)
    assert len(bytes_of(office, office.bo)) == 1
    assert bytes_of(office, office.ana) == []
    office.wait(timedelta(hours=2, minutes=1))
    assert bytes_of(office, office.ana) == bytes_of(office, office.bo)
