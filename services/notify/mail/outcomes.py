"""How a mail's delivery row moves on: waiting → sending → sent, or back, or aside."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from services.notify.domain.climbing import pause_after
from services.notify.mail.postbox import Sent
from services.notify.models import Delivery
from shared.path.timers import cancel, schedule

log = structlog.get_logger()
LOST_AFTER = timedelta(minutes=2)  # longer than every timeout of one mail together


def take(db: Session, delivery: Delivery, *, now: datetime) -> None:
    """About to be sent: from here on it is never sent again unless the server surely refused it."""
    delivery.state, delivery.attempts, delivery.changed_at = "sending", delivery.attempts + 1, now
    # If this process dies before the outcome is known, this timer tells so.
    schedule(db, "mail_guard", delivery.id, now + LOST_AFTER)


def conclude(db: Session, delivery: Delivery, sent: Sent, *, now: datetime) -> None:
    """The outcome is known, even one that comes after the guard."""
    cancel(db, "mail_guard", delivery.id)
    if sent is Sent.ACCEPTED:
        finish(delivery, "sent", now=now)
    elif sent is Sent.UNKNOWN:
        log.error("a mail may or may not have been taken", delivery_id=str(delivery.id))
        finish(delivery, "uncertain", now=now)
    else:
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


def finish(delivery: Delivery, state: str, *, now: datetime) -> None:
    """The last state of a delivery: a link is needed no longer."""
    delivery.state, delivery.link, delivery.changed_at = state, None, now


def mark_uncertain(db: Session, delivery_id: UUID, *, now: datetime) -> None:
    """Nobody told what became of a mail that was being sent: its sender died. It is not sent again."""
    delivery = db.get(Delivery, delivery_id, populate_existing=True, with_for_update=True)
    if delivery is not None and delivery.state == "sending":
        log.error("a mail's sender died before the outcome was known", delivery_id=str(delivery_id))
        finish(delivery, "uncertain", now=now)
