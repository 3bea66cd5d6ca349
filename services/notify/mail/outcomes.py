"""How a mail's delivery row moves on: waiting → sending → sent, or back, or aside."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from services.notify.domain.climbing import SERVER_MISSED_FOR, SERVER_PAUSE, pause_after
from services.notify.mail.postbox import LONGEST_S, Sent
from services.notify.models import Delivery
from services.notify.queries.lateness import observe_reminder
from shared.clock import Clock
from shared.path.timers import cancel, schedule
from shared.telemetry import metrics

log = structlog.get_logger()
# In real time. A sender that lives has its outcome after LONGEST_S at the latest, and then needs a moment to note
# it. Should that moment be longer, nothing is lost: a late outcome never has a mail sent again (`conclude`).
LOST_AFTER = timedelta(seconds=LONGEST_S + 5)
for outcome in ("sent", "dropped", "uncertain", "failed"):
    metrics.deliveries.labels("email", outcome)  # from 0 on: the first one must be seen as a rise


def take(db: Session, delivery: Delivery, *, now: datetime) -> None:
    """About to be sent: from here on it is never sent again unless the server surely refused it."""
    delivery.state, delivery.attempts, delivery.changed_at = "sending", delivery.attempts + 1, now
    # If this process dies before the outcome is known, this timer tells so. The practice's clock may jump ahead
    # while the mail is on its way, so the real moment goes along.
    clock: Clock = db.info["clock"]
    _guard(db, delivery.id, clock() + LOST_AFTER, now=now)


def conclude(db: Session, delivery: Delivery, sent: Sent, *, now: datetime) -> None:
    """The outcome is known, even one that comes after the guard."""
    cancel(db, "mail_guard", delivery.id)
    if sent is Sent.ACCEPTED:
        finish(delivery, "sent", now=now)
        observe_reminder(
            db, delivery.occasion, delivery.occasion_at, delivery.person_id, delivery.channel, now=now
        )
    elif sent is Sent.UNKNOWN:
        log.error("a mail may or may not have been taken", delivery_id=str(delivery.id))
        finish(delivery, "uncertain", now=now)
    elif delivery.state == "sending":
        put_back(db, delivery, now=now)


def put_back(db: Session, delivery: Delivery, *, now: datetime) -> None:
    """Surely not taken: try again later, up to six times, then staff must see to it."""
    pause = pause_after(delivery.attempts)
    if pause is None:
        log.error("a mail could not be sent", delivery_id=str(delivery.id), attempt=delivery.attempts)
        finish(delivery, "failed", now=now)
        return
    delivery.state, delivery.changed_at = "waiting", now
    schedule(db, "mail", delivery.id, now + pause)


def wait_for_server(db: Session, delivery: Delivery, *, now: datetime) -> None:
    """There is no server to ask: that says nothing of this mail, so it costs no attempt. Days of it are too many."""
    if now - delivery.created_at >= SERVER_MISSED_FOR:
        log.error("a mail could not be sent: no mail server for days", delivery_id=str(delivery.id))
        finish(delivery, "failed", now=now)
        return
    schedule(db, "mail", delivery.id, now + SERVER_PAUSE)


def finish(delivery: Delivery, state: str, *, now: datetime) -> None:
    """The last state of a delivery: a link is needed no longer."""
    delivery.state, delivery.link, delivery.changed_at = state, None, now
    metrics.deliveries.labels(delivery.channel, state).inc()


def mark_uncertain(db: Session, delivery_id: UUID, *, lost_at: datetime, now: datetime) -> None:
    """Nobody told what became of a mail that was being sent: its sender died. It is not sent again.

    `lost_at` is real time: when a moved clock fires the timer too soon, it is set anew.
    """
    clock: Clock = db.info["clock"]
    if clock() < lost_at:
        _guard(db, delivery_id, lost_at, now=now)
        return
    delivery = db.get(Delivery, delivery_id, populate_existing=True, with_for_update=True)
    if delivery is not None and delivery.state == "sending":
        log.error("a mail's sender died before the outcome was known", delivery_id=str(delivery_id))
        finish(delivery, "uncertain", now=now)


def _guard(db: Session, delivery_id: UUID, lost_at: datetime, *, now: datetime) -> None:
    clock: Clock = db.info["clock"]
    schedule(db, "mail_guard", delivery_id, now + (lost_at - clock()), occurrence=lost_at.isoformat())
