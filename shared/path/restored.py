"""What a service does once when its database has come back from a backup (docs/decisions/0009).

What was done between the backup and the restore is lost here, but not in the world: mails went out, consents were
withdrawn, sessions took place. `act` puts that in the safe way, practice by practice, before any process runs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from shared.audit.by_workers import WorkersRule, not_clinical
from shared.events.base import Event

AfterRestore = Callable[[Session, datetime], int]
"""`act(db, now)`: in the worker's role, for one practice, whose time `now` is; how many rows it saw to."""


def nothing(_: Session, __: datetime) -> int:
    """Nothing of this service can do harm by being of yesterday."""
    return 0


_AS_IT_WAS = not_clinical("what came back is as it was")


@dataclass(frozen=True)
class Restored:
    """`waits`: kinds of timers that must not fire before `act` has run. `audits`: the records of care it changes."""

    act: AfterRestore = nothing
    waits: frozenset[str] = frozenset()
    audits: WorkersRule = _AS_IT_WAS
    still_acts_on: frozenset[type[Event]] = frozenset()  # on a log that was not restored: what warns somebody
    says: str = ""  # what the operator is told, with {count}
