"""Alerts: raised at once, climbing until somebody acknowledges them. They wait for no tick and no quiet hours."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notify.commands.notices import note, tell
from services.notify.domain.climbing import CLIMBS_FOR, STEP, whom_to_alert
from services.notify.domain.occasions import Occasion
from services.notify.models import Alert
from services.notify.queries import people
from services.notify.queries.recipients import Recipient
from shared.errors import NotFound
from shared.events.notify import AlertAcknowledged
from shared.ids import new_id
from shared.path import outbox
from shared.path.timers import cancel, schedule

log = structlog.get_logger()


def raise_alert(
    db: Session,
    *,
    kind: str,
    source_id: UUID,
    couple_id: UUID,
    person_id: UUID,
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


def climb(db: Session, alert_id: UUID, *, now: datetime) -> None:
    """Tell whoever is next, and come back in 15 minutes of the practice's time unless it is acknowledged."""
    alert = db.get(Alert, alert_id, populate_existing=True, with_for_update=True)
    if alert is None or alert.state != "open":
        return
    couple = people.couple(db, alert.couple_id)
    treating = (couple.practitioner_ids if couple else None) or []
    team = list(dict.fromkeys([*treating, *alert.also_ids]))
    next_people = whom_to_alert(alert.rank, team, people.admins(db))
    if not next_people:
        log.error("an alert has nobody to go to yet", alert_id=str(alert.id))
    notice = note(
        db, Occasion.ALERT, f"{alert.id}/{alert.step}", about_id=alert.id, now=now, couple_id=alert.couple_id
    )
    tell(db, notice, [Recipient(person_id=one) for one in next_people], now=now, is_urgent=True)
    alert.step += 1
    alert.rank += 1 if team else 0
    if now + STEP <= alert.raised_at + CLIMBS_FOR:
        schedule(db, "alert", alert.id, now + STEP)
    else:
        log.error("an alert was not acknowledged in time", alert_id=str(alert.id))
    db.flush()


def meet_care_team(db: Session, couple_id: UUID, *, now: datetime) -> None:
    """A couple's care team is known now: alerts that found none go to it at once."""
    waiting = select(Alert.id).where(Alert.couple_id == couple_id, Alert.state == "open", Alert.rank == 0)
    for alert_id in db.scalars(waiting):
        schedule(db, "alert", alert_id, now)


def acknowledge_alert(db: Session, alert_id: UUID, *, by: UUID, now: datetime) -> UUID:
    """Somebody takes an alert up: it stops climbing. Acknowledging it again changes nothing."""
    alert = db.get(Alert, alert_id, populate_existing=True, with_for_update=True)
    if alert is None:
        raise NotFound
    if alert.state == "open":
        alert.state, alert.acknowledged_by, alert.acknowledged_at = "acknowledged", by, now
        cancel(db, "alert", alert.id)
        if alert.kind == "safety":
            outbox.record(
                db,
                AlertAcknowledged(
                    alert_id=alert.id, concern_id=alert.source_id, person_id=alert.person_id, by=by, at=now
                ),
            )
    return alert.id
