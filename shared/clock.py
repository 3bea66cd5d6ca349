"""Time is passed in: one callable for real time; a practice's own time adds its demo offset."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def utcnow() -> datetime:
    """The real time, in UTC."""
    return datetime.now(UTC)


def next_quarter_hour(moment: datetime) -> datetime:
    """The first quarter hour at or after `moment` (UTC quarters are quarters in every zone in use)."""
    floor = moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0)
    return floor if floor == moment else floor + timedelta(minutes=15)
