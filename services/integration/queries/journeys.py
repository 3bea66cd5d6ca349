"""Journeys as their own partner and the care team see them."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from services.integration.models import AttendedIntegration, Journey


def own_journeys(db: Session, person_id: UUID) -> list[dict[str, Any]]:
    """A partner's own journeys, newest first."""
    return _journeys(db, Journey.person_id == person_id)


def couple_journeys(db: Session, couple_id: UUID) -> list[dict[str, Any]]:
    """Both partners' journeys, newest first, for the care team."""
    return _journeys(db, Journey.couple_id == couple_id)


def _journeys(db: Session, whose: ColumnElement[bool]) -> list[dict[str, Any]]:
    rows = db.execute(
        select(Journey, _is_integrated()).where(whose).order_by(Journey.opened_at.desc(), Journey.id)
    )
    return [
        {
            "journey_id": journey.id,
            "person_id": journey.person_id,
            "opened_at": journey.opened_at,
            "is_integration_session_done": is_done,
        }
        for journey, is_done in rows
    ]


def _is_integrated() -> ColumnElement[bool]:
    """Whether this partner attended an integration session after this journey began and before the next.

    Worked out when read, so that it does not matter which of the two facts arrived first.
    """
    attended, later = AttendedIntegration, aliased(Journey)
    is_of_a_later_journey = (
        exists()
        .where(
            later.person_id == Journey.person_id,
            later.couple_id == Journey.couple_id,
            later.opened_at > Journey.opened_at,
            later.opened_at <= attended.at,
        )
        .correlate(Journey, attended)  # by itself SQLAlchemy ties only to the nearest statement
    )
    return (
        exists()
        .where(
            attended.person_id == Journey.person_id,
            attended.couple_id == Journey.couple_id,
            attended.at >= Journey.opened_at,
            ~is_of_a_later_journey,
        )
        .correlate(Journey)
    )
