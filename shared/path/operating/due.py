"""Timers of one service, by kind: how many wait, how many are late, how many come within the hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.db.plumbing import timer

GRACE = timedelta(seconds=30)
"""A timer that was due this long ago has not fired when it should have: it is late."""
SOON = timedelta(hours=1)


@dataclass(frozen=True)
class Due:
    """The timers of one kind, over all practices."""

    kind: str
    waiting: int
    late: int
    soon: int  # within an hour
    failing: int  # tried, and will be tried again
    oldest_late_at: datetime | None
    next_at: datetime | None


def read_due(db: Session, now: datetime) -> list[Due]:
    """Every kind that waits, by name; `now` is real time, in which timers fire."""
    at = timer.c.fire_at
    is_late = at < now - GRACE
    rows = db.execute(
        select(
            timer.c.kind,
            func.count(),
            func.count().filter(is_late),
            func.count().filter(at <= now + SOON),
            func.count().filter(timer.c.attempts > 0),
            func.min(at).filter(is_late),
            func.min(at).filter(~is_late),
        )
        .group_by(timer.c.kind)
        .order_by(timer.c.kind)
    )
    return [Due(*row) for row in rows]
