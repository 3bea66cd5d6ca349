"""Who has a conflict of interest with a couple is told nothing of it, and its alerts go to others."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.notify.models import Couple
from shared.db.tenancy import Scope
from shared.events.gateway import StaffRole
from shared.events.intake import CareTeamChanged, ConflictMarked, ConflictMarkLifted
from shared.events.integration import Audience, JournalEntryShared
from tests.notify.office import Office
from tests.notify.test_alerts import STEP, concern, count, overdue
from tests.notify.test_snapshots import state

DAY = timedelta(days=1)


def marked(office: Office, person: UUID, couple: UUID | None = None) -> ConflictMarked:
    return ConflictMarked(couple_id=couple or office.couple, practitioner_id=person, at=office.now)


def lifted(office: Office, person: UUID) -> ConflictMarkLifted:
    return ConflictMarkLifted(couple_id=office.couple, practitioner_id=person, at=office.now)


def shared(office: Office) -> JournalEntryShared:
    return JournalEntryShared(couple_id=office.couple, person_id=office.ana, audience=Audience.PRACTITIONER)


@pytest.mark.P2
def test_an_alert_goes_to_the_others_of_the_care_team(office: Office) -> None:
    """Also while the care team is still said to have them, and of a session in which they are named."""
    first, second = office.team
    office.tell(marked(office, first))
    office.tell(concern(office), overdue(office, uuid4()))
    assert (count(office, first), count(office, second)) == (0, 2)
    office.wait(STEP)
    office.wait(STEP)
    assert count(office, first) == 0
    assert count(office, office.admin) > 0
    assert office.mails(first) == []

    items = office.as_one(second, "practitioner").get("/alerts").json["items"]
    who = office.as_one(first, "practitioner")
    missing = who.post(f"/alerts/{uuid4()}/acknowledge")
    assert who.get("/alerts").json["items"] == []
    for alert in items:
        denied = who.post(f"/alerts/{alert['alert_id']}/acknowledge")
        assert (denied.status_code, denied.data) == (404, missing.data)


@pytest.mark.P2
def test_when_nobody_else_is_there_it_goes_to_the_admins_at_once(office: Office) -> None:
    alone = office.team[0]
    office.tell(CareTeamChanged(couple_id=office.couple, practitioner_ids=(alone,)), marked(office, alone))
    office.tell(concern(office))
    assert (count(office, alone), count(office, office.admin)) == (0, 1)


@pytest.mark.P2
def test_one_that_reached_nobody_else_is_passed_on_at_once(office: Office) -> None:
    alone, other = office.team
    office.tell(CareTeamChanged(couple_id=office.couple, practitioner_ids=(alone,)))
    office.tell(concern(office))
    assert (count(office, alone), count(office, office.admin)) == (1, 0)

    office.tell(CareTeamChanged(couple_id=office.couple, practitioner_ids=()), marked(office, alone))

    assert (count(office, alone), count(office, office.admin)) == (1, 1)
    assert office.as_one(alone, "practitioner").get("/alerts").json["items"] == []
    assert office.mails(alone) == []
    office.tell(marked(office, other))
    assert count(office, office.admin) == 1, "somebody who may know has been told: it climbs in its time"


@pytest.mark.P2
def test_an_admin_in_conflict_is_passed_over(office: Office) -> None:
    other = uuid4()
    office.tell(office.joined(other, StaffRole.PRACTICE_ADMIN), marked(office, office.admin))
    office.tell(CareTeamChanged(couple_id=office.couple, practitioner_ids=()), concern(office))
    assert (count(office, office.admin), count(office, other)) == (0, 1)
    assert office.as_one(office.admin, "practice_admin").get("/alerts").json["items"] == []


@pytest.mark.P2
def test_nothing_shared_and_no_appointment_is_told(office: Office) -> None:
    first, second = office.team
    booking = office.booking(office.now + 2 * DAY, practitioner_ids=(first, second))
    office.tell(marked(office, first))
    office.tell(shared(office), booking)
    office.wait(DAY + timedelta(minutes=1))
    assert len(office.inbox(second, "practitioner")) == 2
    assert office.inbox(first, "practitioner") == []
    assert office.mails(first) == []


@pytest.mark.D2
@pytest.mark.P2
def test_a_mail_that_still_waits_is_not_sent(office: Office) -> None:
    first, second = office.team
    office.tell(shared(office), concern(office))
    office.tell(marked(office, first))
    assert office.mails(first) == []
    assert len(office.mails(second)) == 2
    assert count(office, first) == 2, "what was there before the mark stays: it names nobody"


def test_with_another_couple_and_once_it_is_lifted_there_is_no_conflict(office: Office) -> None:
    first, couple = office.team[0], uuid4()
    office.tell(marked(office, first, couple), marked(office, first), lifted(office, first))
    office.tell(marked(office, first), marked(office, first))
    office.tell(shared(office))
    assert count(office, first) == 0
    office.tell(lifted(office, first))
    office.wait(timedelta(minutes=20))
    office.tell(shared(office), concern(office))
    assert count(office, first) == 2
    assert conflicts(office, couple) == [first]


def test_marks_are_known_again_after_a_rebuild(office: Office) -> None:
    first, second = office.team
    office.tell(marked(office, second))
    with office.world.sides["notify"].database.transaction(Scope(office.practice, role="worker")) as db:
        db.get_one(Couple, office.couple).conflict_ids = [second]
    state(office, marked(office, first))
    state(office, lifted(office, second))
    assert conflicts(office, office.couple) == [first]


def conflicts(office: Office, couple: UUID) -> list[UUID]:
    sql = "SELECT conflict_ids FROM couple WHERE couple_id = %s"
    (row,) = office.world.rows("notify", office.practice, sql, couple)
    return list(row.conflict_ids)
