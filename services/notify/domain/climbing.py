"""How an alert climbs, and how often a message is tried."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

STEP = timedelta(minutes=15)
LATE_AFTER = timedelta(hours=24)
LATE_STEP = timedelta(hours=1)

TRIES = 6
_PAUSES = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
)

SERVER_PAUSE = timedelta(minutes=1)
SERVER_MISSED_FOR = timedelta(days=3)


def whom_to_alert(
    rank: int, team: Sequence[UUID], admins: Sequence[UUID], *, is_late: bool = False
) -> list[UUID]:
    """Who is told at this rank: first the whole care team, then its members in order, then the practice admins.

    A late one goes to all admins, whomever it has reached. Whoever is missing is passed over, so that an alert
    never waits for nobody.
    """
    if rank == 0 and team:
        return list(dict.fromkeys([*team, *admins])) if is_late else list(team)
    if 0 < rank < len(team) and not is_late:
        return [team[rank]]
    return list(admins) or list(team)


def is_late(waiting: timedelta) -> bool:
    """Whether an alert has been open for so long that the ladder has surely been climbed."""
    return waiting >= LATE_AFTER


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after the nth failed attempt (from 1); None: that was the last."""
    return None if attempts >= TRIES else _PAUSES[min(attempts, len(_PAUSES)) - 1]
