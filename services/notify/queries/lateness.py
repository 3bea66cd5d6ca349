"""How late somebody is told: a reminder after its moment, an alert that nobody takes up."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.notify.domain.climbing import LATE_STEP
from services.notify.domain.occasions import REMINDERS, Occasion
from services.notify.models import Alert
from services.notify.queries import people
from shared.db.plumbing import practice, timer
from shared.db.practice import is_measured
from shared.db.tenancy import Database, Scope, once_committed, set_practice
from shared.telemetry import metrics

for channel in ("inbox", "email"):
    metrics.reminder_lateness_seconds.labels(channel)  # from 0 on: the first one must be seen as a rise


def observe_reminder(
    db: Session,
    occasion: str,
    starts_at: datetime | None,
    person_id: UUID | None,
    channel: str,
    *,
    now: datetime,
) -> None:
    """Measure how late a reminder is that is sent at this moment; nothing for other messages.

    Its moment is so long before the start as its occasion says; for a mail the end of the quiet hours that hold then.
    """
    gap = REMINDERS.get(Occasion(occasion))
    if gap is None or starts_at is None or not is_measured(db):
        return
    due_at = starts_at - gap
    if channel == "email":
        due_at = people.quiet_end(db, person_id, due_at) or due_at
    late_s = max(0.0, (now - due_at).total_seconds())
    once_committed(db, lambda: metrics.reminder_lateness_seconds.labels(channel).observe(late_s))


def measure_open_alerts(database: Database) -> None:
    """Set the age of the oldest alert that waits for somebody, of all practices."""
    with database.transaction(Scope(role="worker")) as db:
        now = database.clock()
        # An open alert has a timer that makes it climb, an hour ahead at the most.
        climbing = (
            select(timer.c.practice_id)
            .join(practice, practice.c.practice_id == timer.c.practice_id)
            .where(timer.c.kind == "alert", timer.c.fire_at <= now + LATE_STEP + timedelta(minutes=1))
            .where(~practice.c.is_demo)
            .distinct()
        )
        raised = [_oldest_open(db, practice_id) for practice_id in db.scalars(climbing).all()]
    oldest = min((at for at in raised if at is not None), default=now)
    metrics.oldest_open_alert_age_seconds.labels("notify").set(max(0.0, (now - oldest).total_seconds()))


def _oldest_open(db: Session, practice_id: UUID) -> datetime | None:
    set_practice(db, practice_id)
    return db.scalar(select(func.min(Alert.raised_at)).where(Alert.state == "open"))
