"""Time is passed in: one callable for real time; a practice's own time adds its demo offset."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

Clock = Callable[[], datetime]

CLOCKS_AGREE = timedelta(seconds=5)
"""How far the clocks of two machines may be apart before one of them is taken to be wrong."""

_off_by = timedelta()


def utcnow() -> datetime:
    """The real time, in UTC."""
    return datetime.now(UTC) + _off_by


def be_off(process: str) -> None:
    """Have the clock of this process be off, when a test asked for it; without the variable, nothing.

    ATTUNE_CLOCK_FAULTS names a file of lines `process seconds`; a process that is not named keeps the real time.
    """
    global _off_by
    path = os.environ.get("ATTUNE_CLOCK_FAULTS")
    if not path or not Path(path).exists():
        return
    faults = dict(line.split() for line in Path(path).read_text(encoding="utf-8").splitlines())
    _off_by = timedelta(seconds=float(faults.get(process, "0")))


def is_recent(moment: datetime | None, *, now: datetime, within: timedelta) -> bool:
    """Whether what is known up to `moment` is no older than `within`; None: nothing is known.

    A moment of the future tells that a clock is wrong, its writer's or ours: nobody can say then how old it is.
    """
    return moment is not None and now - within <= moment <= now + CLOCKS_AGREE


def next_quarter_hour(moment: datetime) -> datetime:
    """The first quarter hour at or after `moment` (UTC quarters are quarters in every zone in use)."""
    floor = moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0)
    return floor if floor == moment else floor + timedelta(minutes=15)
