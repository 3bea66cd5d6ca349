"""Whom an alert is told to next, and when: for those who can take it up before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.notify.domain.climbing import is_late, whom_to_alert
from services.notify.models import Alert, Couple
from services.notify.queries import people
from shared.path.timers import next_due

Ladder = tuple[list[UUID], list[UUID]]
"""The care team and the admins, in the order in which an alert climbs."""


def alert_views(db: Session, alerts: Sequence[Alert], *, now: datetime) -> list[dict[str, Any]]:
    """Alerts as their readers see them; one that nobody need take up any more goes to nobody next."""
    due = next_due(db, "alert", [one.id for one in alerts if one.state == "open"])
    ladders = ladders_of(db, [one for one in alerts if one.id in due])
    return [
        _view(
            one, due.get(one.id), _next_ids(one, due[one.id], ladders[one.id], now) if one.id in due else []
        )
        for one in alerts
    ]


def ladders_of(db: Session, alerts: Sequence[Alert]) -> dict[UUID, Ladder]:
    """Of each: who treats the couple with the practitioners of the very session, and the admins.

    Nobody who is in conflict.
    """
    if not alerts:
        return {}
    admins = people.admins(db)
    couples = people.couples(db, {one.couple_id for one in alerts})
    return {one.id: _ladder(one, couples.get(one.couple_id), admins) for one in alerts}


def _ladder(alert: Alert, couple: Couple | None, admins: Sequence[UUID]) -> Ladder:
    treating = (couple.practitioner_ids if couple else None) or []
    in_conflict = set(couple.conflict_ids) if couple else set[UUID]()
    team = [one for one in dict.fromkeys([*treating, *alert.also_ids]) if one not in in_conflict]
    return team, [one for one in admins if one not in in_conflict]


def _next_ids(alert: Alert, climbs_at: datetime, ladder: Ladder, now: datetime) -> list[UUID]:
    late = is_late(max(climbs_at, now) - alert.raised_at)
    return whom_to_alert(alert.rank, *ladder, is_late=late)


def _view(alert: Alert, climbs_at: datetime | None, next_ids: list[UUID]) -> dict[str, Any]:
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
