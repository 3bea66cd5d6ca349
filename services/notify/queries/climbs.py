"""Whom an alert is told to next, and when: for those who can take it up before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.notify.domain.climbing import is_late, whom_to_alert
from services.notify.models import Alert
from services.notify.queries import people
from shared.path.timers import due_at_of


def alert_views(db: Session, alerts: Sequence[Alert], *, now: datetime) -> list[dict[str, Any]]:
    """Alerts as their readers see them; one that nobody need take up any more goes to nobody next."""
    return [_view(db, one, now=now) for one in alerts]


def ladder_of(db: Session, alert: Alert) -> tuple[list[UUID], list[UUID]]:
    """Who treats the couple with the practitioners of the very session, and the admins: nobody who is in conflict."""
    couple = people.couple(db, alert.couple_id)
    treating = (couple.practitioner_ids if couple else None) or []
    in_conflict = people.in_conflict_with(db, alert.couple_id)
    team = [one for one in dict.fromkeys([*treating, *alert.also_ids]) if one not in in_conflict]
    return team, [one for one in people.admins(db) if one not in in_conflict]


def _view(db: Session, alert: Alert, *, now: datetime) -> dict[str, Any]:
    climbs_at = due_at_of(db, "alert", alert.id) if alert.state == "open" else None
    next_ids: list[UUID] = []
    if climbs_at is not None:
        late = is_late(max(climbs_at, now) - alert.raised_at)
        next_ids = whom_to_alert(alert.rank, *ladder_of(db, alert), is_late=late)
    return {
        "id": alert.id,
        "couple_id": alert.couple_id,
        "person_id": alert.person_id,
        "kind": alert.kind,
        "raised_at": alert.raised_at,
        "state": alert.state,
        "concern_id": alert.source_id if alert.kind == "safety" else None,
        "next_ids": next_ids,
        "climbs_at": climbs_at,
    }
