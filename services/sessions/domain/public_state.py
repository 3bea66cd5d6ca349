"""What partners see of a session, and when: one function, fed only with released facts (rules C2 and P1).

A change of a medicine session's public state is released at the next quarter hour of the practice's time, so
that its moment doesn't tell whose act it was; at once within 24 h of the start, so that nobody sets out in vain.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.clock import next_quarter_hour
from shared.events.sessions import SessionKind

AT_ONCE_WITHIN = timedelta(hours=24)


class PublicState(StrEnum):
    NOT_SCHEDULED_YET = "not_scheduled_yet"
    CONFIRMED = "confirmed"
    NOT_GOING_AHEAD = "not_going_ahead"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


WITHOUT_TIMES = frozenset({PublicState.NOT_SCHEDULED_YET, PublicState.NOT_GOING_AHEAD})


@dataclass(frozen=True)
class Change:
    """A change of the public state. `number` counts a session's changes in the order they were decided."""

    number: int
    state: PublicState
    released_at: datetime


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """A session's fixed facts. They never change: another time is another session."""

    session_id: UUID
    kind: SessionKind
    starts_at: datetime
    ends_at: datetime
    zone: str


@dataclass(frozen=True, kw_only=True)
class PublicView:
    """All of a session that its partners see."""

    session_id: UUID
    kind: SessionKind
    state: PublicState
    starts_at: datetime | None
    ends_at: datetime | None
    zone: str
    released_at: datetime | None


def release_moment(now: datetime, *, starts_at: datetime) -> datetime:
    """When partners learn of a change decided `now` of a medicine session that starts at `starts_at`."""
    return now if starts_at - now <= AT_ONCE_WITHIN else next_quarter_hour(now)


def public_state(appointment: Appointment, changes: Iterable[Change], *, now: datetime) -> PublicView:
    """What every partner of this session sees of it at `now`, the same for all of them.

    The newest decision that is released counts, even when an older one was due for release later.
    """
    released = [change for change in changes if change.released_at <= now]
    newest = max(released, key=lambda change: change.number, default=None)
    state = newest.state if newest else PublicState.NOT_SCHEDULED_YET
    has_times = state not in WITHOUT_TIMES
    return PublicView(
        session_id=appointment.session_id,
        kind=appointment.kind,
        state=state,
        starts_at=appointment.starts_at if has_times else None,
        ends_at=appointment.ends_at if has_times else None,
        zone=appointment.zone,
        released_at=newest.released_at if newest else None,
    )


def in_shown_order(views: Iterable[PublicView]) -> list[PublicView]:
    """By shown time; those without one last, by their random ids: hidden times leave no trace in the order."""
    shown = list(views)
    timed = [view for view in shown if view.starts_at is not None]
    untimed = [view for view in shown if view.starts_at is None]
    timed.sort(key=lambda view: (view.starts_at, str(view.session_id)))
    untimed.sort(key=lambda view: str(view.session_id))
    return timed + untimed
