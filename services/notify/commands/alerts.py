"""Alerts: raised at once, climbing until somebody acknowledges them. They wait for no tick and no quiet hours."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notify.commands.notices import note, tell
from services.notify.domain.climbing import LATE_STEP, STEP, is_late, whom_to_alert
from services.notify.domain.occasions import ENDED, Occasion
from services.notify.models import Alert
from services.notify.queries import people
from services.notify.queries.climbs import ladders_of
from services.notify.queries.recipients import Recipient
from services.notify.queries.told import who_was_told
from services.notify.queries.truth import appointment
from shared.audit.by_workers import changed
from shared.db.practice import is_measured
from shared.db.tenancy import once_committed
from shared.errors import NotFound
from shared.events.notify import AlertAcknowledged
from shared.ids import new_id
from shared.path import outbox
from shared.path.timers import cancel, schedule
from shared.telemetry import metrics

log = structlog.get_logger()
NOT_ENDED = "session_not_ended"


def raise_alert(
    db: Session,
    *,
    kind: str,
    source_id: UUID,
    couple_id: UUID,
    person_id: UUID | None = None,
    session_id: UUID | None = None,
    practitioner_ids: Sequence[UUID] = (),
    now: datetime,
) -> None:
    """Raise an alert once for its source and tell the care team in the same transaction."""
    alert_id = db.scalars(
        insert(Alert)
        .values(
            id=new_id(),
            kind=kind,
            source_id=source_id,
            couple_id=couple_id,
            person_id=person_id,
            session_id=session_id,
            also_ids=list(practitioner_ids),
            step=0,
            rank=0,
            state="open",
            raised_at=now,
        )
        .on_conflict_do_nothing(index_elements=["practice_id", "kind", "source_id"])
        .returning(Alert.id)
    ).first()
    if alert_id is not None:
        climb(db, alert_id, now=now)


def raise_not_ended(
    db: Session,
    *,
    event_id: UUID,
    session_id: UUID,
    couple_id: UUID,
    practitioner_ids: Sequence[UUID],
    now: datetime,
) -> None:
    """A session that began has not been ended. It is told again and again: one alert of it is open at a time."""
    found = appointment(db, session_id)
    if (found is not None and found.state == ENDED) or _not_ended(db, session_id):
        return
    raise_alert(
        db,
        kind=NOT_ENDED,
        source_id=event_id,
        couple_id=couple_id,
        session_id=session_id,
        practitioner_ids=practitioner_ids,
        now=now,
    )


def close_not_ended(db: Session, session_id: UUID) -> None:
    """The session has been ended: nobody need take its alert up any more."""
    for alert in _not_ended(db, session_id):
        alert.state = "closed"
        cancel(db, "alert", alert.id)
        changed(db, "alert", record_id=alert.id, about_id=alert.couple_id)
    db.flush()


def _not_ended(db: Session, session_id: UUID) -> Sequence[Alert]:
    """The open alert of a session that was not ended, if there is one."""
    return db.scalars(
        select(Alert)
        .where(Alert.session_id == session_id, Alert.kind == NOT_ENDED, Alert.state == "open")
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def climb(db: Session, alert_id: UUID, *, now: datetime) -> None:
    """Tell whoever is next, and come back until it is acknowledged.

    In 15 minutes of the practice's time; once it has been open for a day, every hour, to all admins.
    """
    alert = db.get(Alert, alert_id, populate_existing=True, with_for_update=True)
    if alert is None or alert.state != "open":
        return
    team, admins = ladders_of(db, [alert])[alert.id]
    late = is_late(now - alert.raised_at)
    next_people = whom_to_alert(alert.rank, team, admins, is_late=late)
    if not next_people:
        log.error("an alert has nobody to go to yet", alert_id=str(alert.id))
    notice = note(
        db, Occasion.ALERT, f"{alert.id}/{alert.step}", about_id=alert.id, now=now, couple_id=alert.couple_id
    )
    tell(db, notice, [Recipient(person_id=one) for one in next_people], now=now)
    alert.step += 1
    alert.rank += 1 if team else 0
    schedule(db, "alert", alert.id, now + (LATE_STEP if late else STEP))
    changed(db, "alert", record_id=alert.id, about_id=alert.person_id or alert.couple_id)
    if late:
        log.error("an alert was not acknowledged in time", alert_id=str(alert.id))
    db.flush()


def meet_care_team(db: Session, couple_id: UUID, *, now: datetime) -> None:
    """A couple's care team is known now: alerts that found none go to it at once."""
    waiting = select(Alert.id).where(Alert.couple_id == couple_id, Alert.state == "open", Alert.rank == 0)
    for alert_id in db.scalars(waiting):
        schedule(db, "alert", alert_id, now)


def pass_on(db: Session, couple_id: UUID, *, now: datetime) -> None:
    """Somebody has a conflict with the couple: open alerts that reached nobody else go to the next at once."""
    in_conflict = people.in_conflict_with(db, couple_id)
    for alert in db.scalars(select(Alert).where(Alert.couple_id == couple_id, Alert.state == "open")):
        if in_conflict.issuperset(who_was_told(db, alert.id)):
            schedule(db, "alert", alert.id, now)


def acknowledge_alert(db: Session, alert_id: UUID, *, by: UUID, now: datetime) -> UUID:
    """Somebody takes an alert up: it stops climbing. Acknowledging it again changes nothing."""
    alert = db.get(Alert, alert_id, populate_existing=True, with_for_update=True)
    if alert is None:
        raise NotFound
    if alert.state == "open":
        alert.state, alert.acknowledged_by, alert.acknowledged_at = "acknowledged", by, now
        cancel(db, "alert", alert.id)
        if is_measured(db):
            waited_s = (now - alert.raised_at).total_seconds()
            once_committed(db, lambda: metrics.alert_acknowledgement_seconds.observe(waited_s))
        if alert.kind == "safety" and alert.person_id is not None:
            outbox.record(
                db,
                AlertAcknowledged(
                    alert_id=alert.id, concern_id=alert.source_id, person_id=alert.person_id, by=by, at=now
                ),
            )
    return alert.id
