"""The day of the session: when it may start, and how fresh other services' facts must be (rule C1)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.clock import is_recent

START_EARLY = timedelta(minutes=30)
FRESH_FOR = timedelta(seconds=60)
SLOT_KEPT_FOR = timedelta(hours=24)
OVERDUE_AFTER = timedelta(hours=2)
OVERDUE_AGAIN_AFTER = timedelta(hours=12)


def is_time_to_start(now: datetime, *, starts_at: datetime, ends_at: datetime) -> bool:
    """From half an hour before the planned start until the planned end."""
    return starts_at - START_EARLY <= now <= ends_at


def is_day_of(moment: datetime, *, now: datetime, zone: str) -> bool:
    """Whether `now` and `moment` fall on the same calendar day in the place's zone."""
    place = ZoneInfo(zone)
    return now.astimezone(place).date() == moment.astimezone(place).date()


def are_facts_fresh(known_until: datetime | None, *, real_now: datetime) -> bool:
    """Whether another service's facts are known up to at most 60 s ago, in real time."""
    return is_recent(known_until, now=real_now, within=FRESH_FOR)


def frees_at(now: datetime, *, starts_at: datetime) -> datetime:
    """When a held slot is given up: after 24 h, at the planned start at the latest."""
    return min(now + SLOT_KEPT_FOR, starts_at)
