"""How late people are told, as operators see it: reminders, and alerts that nobody takes up."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from services.notify.commands.alerts import acknowledge_alert
from services.notify.queries.lateness import measure_open_alerts
from shared.db.tenancy import Scope
from shared.events.integration import SafetyConcernRaised, Urgency
from tests.notify.mailserver import MailServer
from tests.notify.office import Office
from tests.world.world import World

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def real(world: World, server: MailServer) -> Iterator[Office]:
    """A practice whose clock can't be moved: everybody's clock is moved instead, and put back."""
    made = Office(world, server, world.practice(is_demo=False))
    made.settle()
    before = world.clock.ahead
    yield made
    world.clock.ahead = before


def told(name: str, **labels: str) -> tuple[float, float]:
    """How many were measured, and their seconds together."""
    count, total = (
        REGISTRY.get_sample_value(f"attune_notify_{name}_{what}", labels) or 0.0 for what in ("count", "sum")
    )
    return count, total


def pass_by(office: Office, by: timedelta) -> None:
    office.world.clock.ahead += by
    office.tell()


def concern(office: Office) -> SafetyConcernRaised:
    return SafetyConcernRaised(
        concern_id=uuid4(), couple_id=office.couple, person_id=office.ana, urgency=Urgency.NOW
    )


def open_age(office: Office) -> float:
    measure_open_alerts(office.world.sides["notify"].database)
    return (
        REGISTRY.get_sample_value("attune_notify_oldest_open_alert_age_seconds", {"service": "notify"}) or 0.0
    )


def test_a_reminder_is_late_from_its_moment_on(real: Office) -> None:
    inbox, mail = ({"channel": one} for one in ("inbox", "email"))
    real.tell(real.booking(real.now + DAY + HOUR))
    real.mails(real.ana)
    count, seconds = told("reminder_lateness_seconds", **inbox)
    mails, mail_seconds = told("reminder_lateness_seconds", **mail)
    pass_by(real, HOUR + 7 * MINUTE)
    now_count, now_seconds = told("reminder_lateness_seconds", **inbox)
    assert now_count == count + 2, "the partner and the practitioner"
    assert 2 * 7 * 60 <= now_seconds - seconds < 2 * 8 * 60
    pass_by(real, 2 * MINUTE)
    real.mails(real.ana)
    now_mails, now_mail_seconds = told("reminder_lateness_seconds", **mail)
    assert now_mails == mails + 2
    assert 2 * 9 * 60 <= now_mail_seconds - mail_seconds < 2 * 10 * 60


def test_quiet_hours_make_no_reminder_late(real: Office) -> None:
    start, end = (real.now + 30 * MINUTE), (real.now + 3 * HOUR)
    quiet = {"quiet_from": f"{start:%H:%M}", "quiet_until": f"{end:%H:%M}"}
    answer = real.as_one(real.ana, "partner").put(
        "/me/preferences", {"language": "en", "zone": "UTC", **quiet}, etag='"0"'
    )
    assert answer.status_code == 200, answer.text
    real.tell(real.booking(real.now + DAY + HOUR))
    real.mails(real.ana)
    pass_by(real, HOUR + MINUTE)
    real.send()
    mails, seconds = told("reminder_lateness_seconds", channel="email")
    pass_by(real, 2 * HOUR + MINUTE)
    real.send()
    now_mails, now_seconds = told("reminder_lateness_seconds", channel="email")
    assert now_mails == mails + 1
    assert now_seconds - seconds < 4 * 60


def test_an_alert_ages_until_somebody_takes_it_up(real: Office) -> None:
    before = open_age(real)
    real.tell(concern(real))
    pass_by(real, 40 * MINUTE)
    assert max(before, 40 * 60) <= open_age(real) < before + 42 * 60
    count, seconds = told("alert_acknowledgement_seconds")
    [alert] = real.world.rows("notify", real.practice, "SELECT id FROM alert")
    for _ in range(2):
        with real.world.sides["notify"].database.transaction(Scope(real.practice, role="worker")) as db:
            acknowledge_alert(db, alert.id, by=real.team[0], now=real.now)
    now_count, now_seconds = told("alert_acknowledgement_seconds")
    assert now_count == count + 1, "acknowledging it again is not measured again"
    assert 40 * 60 <= now_seconds - seconds < 42 * 60
    assert open_age(real) < 40 * 60 or before > 0


def test_a_practice_that_moves_its_clock_is_not_measured(office: Office) -> None:
    office.tell(office.booking(office.now + DAY + HOUR), concern(office))
    measured = [told("alert_acknowledgement_seconds")]
    measured += [told("reminder_lateness_seconds", channel=one) for one in ("inbox", "email")]
    before = open_age(office)
    office.wait(HOUR + 30 * MINUTE)
    office.send()
    [alert] = office.as_one(office.team[0], "practitioner").get("/alerts").json["items"]
    assert open_age(office) <= before + 60
    office.as_one(office.team[0], "practitioner").post(f"/alerts/{alert['alert_id']}/acknowledge")
    assert measured == [
        told("alert_acknowledgement_seconds"),
        *(told("reminder_lateness_seconds", channel=one) for one in ("inbox", "email")),
    ]
