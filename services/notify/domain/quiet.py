"""Quiet hours: local times of a person's own zone, over midnight or not."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def quiet_until(now: datetime, *, start: time | None, end: time | None, zone: str) -> datetime | None:
    """The moment (UTC) at which the quiet hours that hold at `now` are over; None when none hold.

    A clock change neither loses nor repeats the end: a skipped time ends where the clock jumps to, and a
    repeated one at whichever of the two lies ahead.
    """
    if start is None or end is None or start == end:
        return None
    local = now.astimezone(ZoneInfo(zone))
    wall = local.time()
    is_quiet = start <= wall < end if start < end else wall >= start or wall < end
    if not is_quiet:
        return None
    day = local.date() if wall < end else local.date() + timedelta(days=1)
    over = datetime.combine(day, end, ZoneInfo(zone))
    moment = over.astimezone(UTC)
    return moment if moment > now else over.replace(fold=1).astimezone(UTC)
