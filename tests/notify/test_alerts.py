"""Alerts reach the care team at once and climb until somebody takes them up."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.gateway import StaffRole
from shared.events.intake import CareTeamChanged, ConflictMarked, CoupleRegistered
from shared.events.integration import SafetyConcernRaised, Urgency
from shared.events.sessions import (
    ConsentWithdrawn,
    MedicineSessionEnded,
    MedicineSessionOverdue,
    Programme,
)
from tests.notify.office import Office

STEP, HOUR = timedelta(minutes=15), timedelta(hours=1)


def concern(office: Office, couple: UUID | None = None) -> SafetyConcernRaised:
    return SafetyConcernRaised(
        concern_id=uuid4(), couple_id=couple or office.couple, person_id=office.ana, urgency=Urgency.NOW
    )


def withdrawal(office: Office) -> ConsentWithdrawn:
    return ConsentWithdrawn(
        session_id=uuid4(),
        couple_id=office.couple,
        person_id=office.ana,
        practitioner_ids=(office.team[0],),
        is_after_start=True,
        at=office.now,
    )


def count(office: Office, person: UUID) -> int:
    return len(office.inbox(person, "practitioner"))


def acknowledged(office: Office) -> int:
    sql = "SELECT 1 FROM outbox WHERE type = 'attune.notify.alert_acknowledged.v1'"
    return len(office.world.rows("notify", office.practice, sql))


def test_an_alert_reaches_the_whole_care_team_at_once_and_no_partner(office: Office) -> None:
    office.tell(concern(office))
    for person in office.team:
        assert len(office.mails(person)) == 1
        [alert] = office.as_one(person, "practitioner").get("/alerts").json["items"]
        assert (alert["kind"], alert["state"]) == ("safety", "open")
        assert alert["person_id"] == str(office.ana)
    assert count(office, office.admin) == 0
    assert office.inbox(office.ana) == office.inbox(office.bo) == []


def test_it_climbs_every_quarter_of_an_hour_in_order_and_then_stays_with_the_admins(office: Office) -> None:
    office.tell(concern(office))
    first, second, admin = *office.team, office.admin

    def counts() -> tuple[int, int, int]:
        return count(office, first), count(office, second), count(office, admin)

    assert counts() == (1, 1, 0)
    office.wait(STEP)
    assert counts() == (1, 2, 0)
    office.wait(STEP)
    assert counts() == (1, 2, 1)
    office.wait(STEP)
    assert counts() == (1, 2, 2)
    [seen] = office.as_one(admin, "practice_admin").get("/alerts").json["items"]
    assert seen["state"] == "open"


def test_it_says_whom_it_goes_to_next_and_when_until_somebody_takes_it(office: Office) -> None:
    fact = concern(office)
    office.tell(fact)
    somebody = office.as_one(office.team[0], "practitioner")

    def seen() -> dict[str, Any]:
        (alert,) = somebody.get("/alerts").json["items"]
        return dict(alert)

    assert seen()["next_ids"] == [str(office.team[1])]
    assert seen()["concern_id"] == str(fact.concern_id)
    climbs_at = datetime.fromisoformat(seen()["climbs_at"])
    assert timedelta() < climbs_at - office.now <= STEP
    office.wait(STEP)
    assert datetime.fromisoformat(seen()["climbs_at"]) > climbs_at
    assert seen()["next_ids"] == [str(office.admin)]
    somebody.post(f"/alerts/{seen()['alert_id']}/acknowledge")
    assert (seen()["next_ids"], seen()["climbs_at"]) == ([], None)


def test_alerts_of_several_couples_each_go_to_their_own_next(office: Office) -> None:
    first, second, third, other = *office.team, uuid4(), uuid4()
    office.tell(
        office.joined(third, StaffRole.PRACTITIONER),
        CoupleRegistered(couple_id=other, partner_ids=(uuid4(), uuid4())),
        CareTeamChanged(couple_id=other, practitioner_ids=(first, third)),
        ConflictMarked(couple_id=office.couple, practitioner_id=second, at=office.now),
        taken := concern(office, other),
    )
    somebody = office.as_one(first, "practitioner")
    [alert] = somebody.get("/alerts").json["items"]
    somebody.post(f"/alerts/{alert['alert_id']}/acknowledge")
    office.tell(earlier := concern(office))
    office.wait(timedelta(minutes=5))
    office.tell(later := concern(office, other))

    seen = {one["concern_id"]: one for one in somebody.get("/alerts").json["items"]}

    def of(fact: SafetyConcernRaised) -> tuple[list[str], str | None]:
        return seen[str(fact.concern_id)]["next_ids"], seen[str(fact.concern_id)]["climbs_at"]

    assert of(taken) == ([], None)
    (to_admin, sooner), (to_third, after) = of(earlier), of(later)
    assert to_admin == [str(office.admin)]  # who is in conflict is passed over
    assert to_third == [str(third)]
    assert sooner is not None
    assert after is not None
    waited = datetime.fromisoformat(after) - datetime.fromisoformat(sooner)
    assert timedelta(minutes=5) <= waited < timedelta(minutes=6)


def test_an_acknowledged_safety_alert_is_told_and_climbs_no_more(office: Office) -> None:
    office.tell(concern(office))
    somebody = office.as_one(office.team[1], "practitioner")
    [alert] = somebody.get("/alerts").json["items"]

    first = somebody.post(f"/alerts/{alert['alert_id']}/acknowledge", key="the-same-key")
    again = somebody.post(f"/alerts/{alert['alert_id']}/acknowledge", key="the-same-key")
    other = office.as_one(office.team[0], "practitioner").post(f"/alerts/{alert['alert_id']}/acknowledge")

    assert first.status_code == again.status_code == other.status_code == 201
    assert first.data == again.data
    assert first.json["state"] == "acknowledged"
    assert acknowledged(office) == 1
    office.wait(4 * STEP)
    assert count(office, office.admin) == 0
    assert office.mails(office.team[0]) == []  # nobody needs the mail any more


def test_a_withdrawal_alerts_without_an_event_of_its_acknowledgement(office: Office) -> None:
    office.tell(withdrawal(office))
    somebody = office.as_one(office.team[0], "practitioner")
    [alert] = somebody.get("/alerts").json["items"]
    assert alert["kind"] == "consent_withdrawn"
    assert somebody.post(f"/alerts/{alert['alert_id']}/acknowledge").json["state"] == "acknowledged"
    assert acknowledged(office) == 0


def test_after_a_day_it_goes_to_all_admins_every_hour_until_somebody_takes_it_up(office: Office) -> None:
    other_admin = uuid4()
    office.tell(office.joined(other_admin, StaffRole.PRACTICE_ADMIN), concern(office))
    office.wait(timedelta(hours=12))
    office.wait(timedelta(hours=12))
    told = count(office, office.admin), count(office, other_admin)
    for hours in (1, 2):
        office.wait(HOUR - STEP)
        assert count(office, office.admin) == told[0] + hours - 1
        office.wait(STEP)
        assert (count(office, office.admin), count(office, other_admin)) == (told[0] + hours, told[1] + hours)
    [alert] = office.as_one(office.admin, "practice_admin").get("/alerts").json["items"]
    office.as_one(office.admin, "practice_admin").post(f"/alerts/{alert['alert_id']}/acknowledge")
    office.wait(3 * HOUR)
    assert count(office, office.admin) == told[0] + 2


def test_a_clock_that_jumps_over_the_whole_day_does_not_silence_it(office: Office) -> None:
    office.tell(concern(office))
    office.wait(timedelta(days=3))
    assert count(office, office.admin) == 1
    office.wait(HOUR)
    office.wait(HOUR)
    assert count(office, office.admin) == 3
    assert count(office, office.team[1]) == 1


def test_quiet_hours_and_old_facts_do_not_hold_an_alert_back(office: Office) -> None:
    every_hour = {"language": "es", "quiet_from": "00:00", "quiet_until": "23:59", "zone": "UTC"}
    office.as_one(office.team[0], "practitioner").put("/me/preferences", every_hour)
    office.world.clock.ahead += timedelta(seconds=31)
    try:
        office.tell(concern(office), is_fresh=False)
        [mail] = office.mails(office.team[0])
    finally:
        office.world.clock.ahead -= timedelta(seconds=31)
    assert mail["Subject"] == "Tienes un mensaje de Oak Practice"


def test_a_care_team_known_only_later_is_alerted_then(office: Office) -> None:
    couple = uuid4()
    office.tell(concern(office, couple))
    assert count(office, office.admin) == 1
    office.tell(CareTeamChanged(couple_id=couple, practitioner_ids=(office.team[0],)))
    assert count(office, office.team[0]) == 1
    assert count(office, office.admin) == 1


@pytest.mark.D2
def test_the_same_concern_told_twice_is_one_alert(office: Office) -> None:
    raised = concern(office)
    office.tell(raised)
    office.tell(raised)
    assert count(office, office.team[0]) == 1


@pytest.mark.P2
def test_who_does_not_treat_the_couple_neither_sees_nor_acknowledges(office: Office) -> None:
    office.tell(concern(office))
    [alert] = office.as_one(office.team[0], "practitioner").get("/alerts").json["items"]
    path = f"/alerts/{alert['alert_id']}/acknowledge"
    missing = office.as_one(uuid4(), "practitioner").post(f"/alerts/{uuid4()}/acknowledge")
    for role in ("practitioner", "practice_admin", "front_desk", "partner"):
        stranger = office.as_one(uuid4(), role)
        denied = stranger.post(path)
        assert (denied.status_code, denied.data) == (404, missing.data)
        seen = stranger.get("/alerts")
        assert seen.status_code == 404 or seen.json["items"] == []
    elsewhere = office.world.caller("notify", office.world.practice(), office.team[0], "practitioner")
    assert elsewhere.get("/alerts").json["items"] == []
    assert elsewhere.post(path).data == missing.data


def overdue(office: Office, session: UUID) -> MedicineSessionOverdue:
    return MedicineSessionOverdue(
        session_id=session, couple_id=office.couple, practitioner_ids=(office.team[0],), at=office.now
    )


def ended(office: Office, session: UUID) -> MedicineSessionEnded:
    return MedicineSessionEnded(
        session_id=session,
        couple_id=office.couple,
        partner_ids=(office.ana, office.bo),
        programme=Programme.KETAMINE_CLINIC,
        at=office.now,
    )


def alerts(office: Office, person: UUID) -> list[tuple[str, str]]:
    items = office.as_one(person, "practitioner").get("/alerts").json["items"]
    return [(one["kind"], one["state"]) for one in items]


def test_a_session_that_was_not_ended_alerts_the_team_climbs_and_is_closed_by_its_end(office: Office) -> None:
    session, first = uuid4(), office.team[0]
    office.tell(overdue(office, session), overdue(office, uuid4()))
    assert alerts(office, first) == [("session_not_ended", "open")] * 2
    assert (count(office, first), count(office, office.team[1])) == (2, 2)
    office.wait(STEP)
    assert count(office, office.team[1]) == 4
    [alert, _] = office.as_one(first, "practitioner").get("/alerts").json["items"]
    assert (alert["person_id"], alert["couple_id"]) == (None, str(office.couple))

    office.tell(ended(office, session))
    assert sorted(alerts(office, first)) == [("session_not_ended", "closed"), ("session_not_ended", "open")]
    office.wait(STEP)
    assert count(office, office.admin) == 1  # of the other session only
    assert len(office.mails(first)) == 1  # and mails of the closed one are needed no more
    assert acknowledged(office) == 0
    assert office.inbox(office.ana) == []


def test_a_session_told_overdue_again_is_one_alert_while_that_is_open(office: Office) -> None:
    session, first = uuid4(), office.team[0]
    office.tell(overdue(office, session))
    office.tell(overdue(office, session))
    assert count(office, first) == 1
    somebody = office.as_one(first, "practitioner")
    [alert] = somebody.get("/alerts").json["items"]
    taken = somebody.post(f"/alerts/{alert['alert_id']}/acknowledge")
    assert taken.json["state"] == "acknowledged"
    office.tell(overdue(office, session))
    assert sorted(alerts(office, first)) == [
        ("session_not_ended", "acknowledged"),
        ("session_not_ended", "open"),
    ]
    office.tell(ended(office, session))
    assert sorted(alerts(office, first)) == [
        ("session_not_ended", "acknowledged"),
        ("session_not_ended", "closed"),
    ]


@pytest.mark.D2
def test_a_session_that_has_ended_is_not_overdue_though_that_arrives_later(office: Office) -> None:
    session = uuid4()
    office.tell(
        office.confirmation(session, office.now - timedelta(days=1), office.now - timedelta(days=2)),
        ended(office, session),
        overdue(office, session),
    )
    assert alerts(office, office.team[0]) == []
