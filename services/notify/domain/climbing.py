"""How an alert climbs, and how often a message is tried."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

STEP = timedelta(minutes=15)
CLIMBS_FOR = timedelta(hours=24)

TRIES = 6
_PAUSES = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
)


def whom_to_alert(rank: int, team: Sequence[UUID], admins: Sequence[UUID]) -> list[UUID]:
    """Who is told at this rank: first the whole care team, then its members in order, then the practice admins.

    Whoever is missing is passed over, so that an alert never waits for nobody.
    """
    if rank == 0 and team:
        return list(team)
    if 0 < rank < len(team):
        return [team[rank]]
    return list(admins) or list(team)


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after the nth failed attempt (from 1); None: that was the last."""
    return None if attempts >= TRIES else _PAUSES[min(attempts, len(_PAUSES)) - 1]
