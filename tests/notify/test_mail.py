"""The sender: at most once whatever the server does, neutral, and nothing of it anywhere else."""

import os
import subprocess
import sys
import threading
from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY

from services.notify.mail import outcomes
from services.notify.mail.outcomes import LOST_AFTER
from services.notify.mail.postbox import LONGEST_S, Sent
from services.notify.models import Delivery
from services.notify.worker import SPEC
from shared.db.tenancy import Scope
from shared.events.gateway import PartnerInvited
from shared.path.worker import Context
from shared.settings import Settings
from shared.vault.erasing import destroy_key
from tests.notify.office import PUBLIC_URL, Office

LINK = f"{PUBLIC_URL}/i/Zm9yZ2V0LW1l"


def invite(office: Office, address: str) -> UUID:
    contact = office.contact(address)
    answer = office.as_one(None, "operator").post(
        "/messages", {"contact_id": str(contact), "template": "invitation", "link": LINK}
    )
    assert answer.status_code == 201, answer.text
    return UUID(answer.json["delivery_id"])


def counted(outcome: str) -> float:
    return (
        REGISTRY.get_sample_value("attune_notify_deliveries_total", {"channel": "email", "outcome": outcome})
        or 0.0
    )


def text_of(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n")


def row(office: Office, delivery: UUID) -> tuple[str, int, bool]:
    [found] = office.world.rows(
        "notify", office.practice, "SELECT state, attempts, link FROM delivery WHERE id = %s", delivery
    )
    return found.state, found.attempts, found.link is not None


def test_an_invitation_is_mailed_at_once_and_its_link_is_forgotten(office: Office) -> None:
    delivery = invite(office, "cam@example.org")
    assert row(office, delivery) == ("waiting", 0, True)
    office.send()
    [mail] = office.server.to("cam@example.org")
    assert text_of(mail) == f"You have a message from Oak Practice.\n\nRead it here:\n{LINK}\n"
    assert row(office, delivery) == ("sent", 1, False)
    assert mail["Message-ID"] == f"<{delivery}@localhost>"


def test_nobody_is_mailed_at_an_address_that_was_erased(office: Office) -> None:
    delivery = invite(office, "dee@example.org")
    scope = Scope(office.practice, role="worker")
    with office.world.sides["notify"].database.transaction(scope) as db:
        destroy_key(db, db.get_one(Delivery, delivery).recipient_id, "contact")
    office.send()
    assert office.server.to("dee@example.org") == []
    assert row(office, delivery) == ("dropped", 0, False)


@pytest.mark.P3
def test_a_mails_headers_say_only_that_there_is_a_message(office: Office) -> None:
    office.tell(office.booking(office.now + timedelta(days=3)))
    [mail] = office.mails(office.ana)
    assert {name.lower() for name in mail} == {
        "from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version",
        "content-type", "content-transfer-encoding",
    }  # fmt: skip
    assert mail["From"] == "Oak Practice <no-reply@localhost>"
    assert mail["Subject"] == "You have a message from Oak Practice"
    assert text_of(mail) == (f"You have a message from Oak Practice.\n\nRead it here:\n{PUBLIC_URL}/\n")


def test_a_mail_is_written_in_its_readers_language(office: Office) -> None:
    wanted = {"language": "es", "quiet_from": None, "quiet_until": None, "zone": "Europe/Madrid"}
    office.as_one(office.ana, "partner").put("/me/preferences", wanted)
    office.tell(office.booking(office.now + timedelta(days=3)))
    [mail] = office.mails(office.ana)
    assert text_of(mail).startswith("Tienes un mensaje de Oak Practice.\n\nLéelo aquí:\n")
    assert office.inbox(office.ana)[0]["text"] == "Tienes una cita reservada."


@pytest.mark.D2
@pytest.mark.parametrize("mood", ["refuses_recipient", "refuses_mail", "hangs_up_early"])
def test_a_refused_mail_is_tried_six_times_and_then_shown_to_staff(office: Office, mood: str) -> None:
    delivery = invite(office, "cam@example.org")
    office.server.mood = mood
    for attempt in range(1, 6):
        office.send()
        office.send()  # it waits for its pause
        assert row(office, delivery) == ("waiting", attempt, True)
        office.wait(timedelta(hours=1))
    office.send()
    assert row(office, delivery) == ("failed", 6, False)
    office.wait(timedelta(days=1))
    office.send()
    assert row(office, delivery) == ("failed", 6, False)
    [shown] = office.as_one(uuid4(), "front_desk").get("/deliveries?state=failed").json["items"]
    assert shown["delivery_id"] == str(delivery)
    assert office.as_one(uuid4(), "front_desk").get("/deliveries?state=sent").json["items"] == []
    assert set(shown) == {
        "delivery_id", "person_id", "contact_id", "channel", "state", "attempts", "changed_at"
    }  # fmt: skip


@pytest.mark.parametrize(("mood", "outcome"), [("takes", "sent"), ("hangs_up_late", "uncertain")])
def test_an_outcome_is_counted_once_by_channel(office: Office, mood: str, outcome: str) -> None:
    invite(office, "cam@example.org")
    before = {name: counted(name) for name in ("sent", "uncertain", "failed", "dropped")}
    office.server.mood = mood
    office.send()
    office.send()
    after = {name: counted(name) for name in before}
    assert after == {**before, outcome: before[outcome] + 1}


@pytest.mark.D2
def test_a_mail_refused_once_goes_out_once_when_the_server_recovers(office: Office) -> None:
    delivery = invite(office, "cam@example.org")
    office.server.mood = "refuses_mail"
    office.send()
    office.server.mood = "takes"
    office.wait(timedelta(minutes=1))
    office.send()
    office.send()
    assert row(office, delivery) == ("sent", 2, False)
    assert len(office.server.to("cam@example.org")) == 1


@pytest.mark.D2
def test_a_line_that_breaks_after_the_last_byte_leaves_it_uncertain_and_never_sent_again(
    office: Office,
) -> None:
    delivery = invite(office, "cam@example.org")
    office.server.mood = "hangs_up_late"
    office.send()
    office.server.mood = "takes"
    assert row(office, delivery) == ("uncertain", 1, False)
    office.wait(timedelta(days=1))
    office.send()
    assert len(office.server.to("cam@example.org")) == 1


@pytest.mark.D2
def test_a_server_that_is_down_leaves_nothing_uncertain(office: Office) -> None:
    delivery = invite(office, "cam@example.org")
    url, office.server.url = office.server.url, "smtp://127.0.0.1:1"
    office.send()
    assert row(office, delivery) == ("waiting", 0, True)
    office.server.url = url
    office.wait(timedelta(minutes=1))
    office.send()
    assert row(office, delivery) == ("sent", 1, False)


@pytest.mark.D2
def test_a_server_that_is_down_for_hours_costs_no_attempt_and_no_mail(office: Office) -> None:
    delivery = invite(office, "cam@example.org")
    url, office.server.url = office.server.url, "smtp://127.0.0.1:1"
    for _ in range(8):
        office.send()
        office.wait(timedelta(hours=2))
    assert row(office, delivery) == ("waiting", 0, True)
    office.server.url = url
    office.send()
    assert row(office, delivery) == ("sent", 1, False)


@pytest.mark.D2
def test_a_server_that_stays_down_for_days_fails_what_waited_and_drops_what_is_past(office: Office) -> None:
    office.tell(office.booking(office.now + timedelta(days=2)))
    delivery = invite(office, "cam@example.org")
    [message] = office.world.rows(
        "notify", office.practice, "SELECT contact_id FROM delivery WHERE id = %s", delivery
    )
    office.tell(PartnerInvited(couple_id=office.couple, person_id=uuid4(), contact_id=message.contact_id))
    office.server.url = "smtp://127.0.0.1:1"
    office.wait(timedelta(days=2))
    office.send()
    assert row(office, delivery) == ("waiting", 0, True)
    assert "dropped" in office.states()
    office.wait(timedelta(days=1))
    office.send()
    assert row(office, delivery) == ("failed", 0, False)


@pytest.mark.D2
@pytest.mark.parametrize(("point", "taken"), [("notify.before_send", 0), ("notify.after_send", 1)])
def test_a_sender_that_dies_on_the_way_sends_at_most_once(office: Office, point: str, taken: int) -> None:
    office.send_all_others()
    delivery = invite(office, "cam@example.org")
    settings = office.world.sides["notify"].settings
    program = (
        "from shared.settings import from_env; from shared.path.worker import worker_database;"
        "from shared.clock import utcnow; from services.notify.worker import deliver_once;"
        "s = from_env('notify'); deliver_once(worker_database(s), s.smtp_url, utcnow)"
    )
    died = subprocess.run(
        [sys.executable, "-c", program],
        env={
            **os.environ,
            **_environment(settings),
            "ATTUNE_SMTP_URL": office.server.url,
            "ATTUNE_FAILPOINT": point,
        },
        timeout=100,
    )
    assert died.returncode == -9
    office.send()
    assert row(office, delivery)[0] == "sending"

    office.wait(timedelta(days=2))  # the practice's clock says nothing of how long it really takes
    assert row(office, delivery)[0] == "sending"
    before = office.world.clock.ahead
    office.world.clock.ahead += LOST_AFTER + timedelta(seconds=1)
    try:
        office.tell()
    finally:
        office.world.clock.ahead = before
    office.send()

    assert row(office, delivery) == ("uncertain", 1, False)
    assert len(office.server.to("cam@example.org")) == taken
    [shown] = office.as_one(uuid4(), "practice_admin").get("/deliveries?state=uncertain").json["items"]
    assert shown["delivery_id"] == str(delivery)


@pytest.mark.D2
@pytest.mark.parametrize(("late", "state"), [(Sent.ACCEPTED, "sent"), (Sent.REFUSED, "uncertain")])
def test_an_outcome_later_than_the_guard_never_has_a_mail_sent_again(
    office: Office, late: Sent, state: str
) -> None:
    delivery = invite(office, "cam@example.org")
    with office.world.sides["notify"].database.transaction(Scope(office.practice, role="worker")) as db:
        held = db.get_one(Delivery, delivery)
        outcomes.take(db, held, now=office.now)
        outcomes.mark_uncertain(db, delivery, lost_at=office.world.clock(), now=office.now)
        outcomes.conclude(db, held, late, now=office.now)
    assert row(office, delivery) == (state, 1, False)


def test_a_mail_is_lost_soon_but_not_before_the_server_can_have_answered() -> None:
    assert timedelta(seconds=LONGEST_S) < LOST_AFTER <= timedelta(minutes=1)


def test_the_workers_loop_sends_until_it_is_told_to_stop(office: Office) -> None:
    side = office.world.sides["notify"]
    settings = Settings(**{**vars(side.settings), "smtp_url": office.server.url})
    context = Context(settings, side.database, threading.Event())
    thread = threading.Thread(target=SPEC.loops["deliver"], args=(context,))
    delivery = invite(office, "cam@example.org")
    thread.start()
    for _ in range(200):
        if row(office, delivery)[0] == "sent":
            break
        context.stop.wait(0.05)
    context.stop.set()
    thread.join(5)
    assert row(office, delivery)[0] == "sent"
    assert not thread.is_alive()


def test_one_mail_that_can_not_be_opened_does_not_stop_the_others(office: Office) -> None:
    broken, whole = invite(office, "bad@example.org"), invite(office, "cam@example.org")
    office.world.rows(
        "notify", office.practice, "UPDATE delivery SET link = 'x' WHERE id = %s RETURNING id", broken
    )
    office.send()
    assert row(office, broken)[0] == "failed"
    assert row(office, whole)[0] == "sent"


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "ATTUNE_DATABASE_URL": settings.database_url,
        "ATTUNE_WORKER_DATABASE_URL": settings.worker_database_url,
        "ATTUNE_EVENT_LOG_URL": settings.event_log_url,
        "ATTUNE_EVENT_KEY": settings.event_key.hex(),
        "ATTUNE_VAULT_KEY": settings.vault_key.hex(),
        "ATTUNE_CURSOR_KEY": settings.cursor_key.hex(),
        "ATTUNE_ACTOR_PUBLIC_KEY": settings.actor_public_key.decode(),
    }
