"""A service's subscriptions as visible tables: projections (set-based) and reactions (one command each)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from sqlalchemy.orm import Session

from shared.audit.by_workers import Audits
from shared.events.base import Event, Received, topic_of
from shared.path.timers import TimerHandler

Projection = Callable[[Session, Sequence[Received[Any]]], None]
"""`project_x(db, events)`: events of one practice and one type, oldest first; one statement if it can."""

Reaction = Callable[[Session, Received[Any]], None]
"""`on_x(db, event)`: turns an event into a command of this service."""


class Handled(frozenset[type[Event]]):
    """The types of event that one service handles. It knows whose they are: a snapshot is meant for one reader.

    `reader` None looks at everything, whomever it is meant for, and applies nothing (operators' eyes).
    """

    reader: str | None

    def __new__(cls, reader: str | None, kinds: Iterable[type[Event]]) -> Self:
        made = super().__new__(cls, kinds)
        made.reader = reader
        return made

    def is_meant(self, snapshot_for: str | None) -> bool:
        """Whether an event for this reader (None: for all) is for this one."""
        return snapshot_for is None or self.reader in (None, snapshot_for)


@dataclass(frozen=True)
class Handlers:
    """Everything one service does with events and time."""

    service: str
    projections: Mapping[type[Event], Projection] = field(default_factory=dict)
    reactions: Mapping[type[Event], Reaction] = field(default_factory=dict)
    timers: Mapping[str, TimerHandler] = field(default_factory=dict)
    audits: Audits = field(default_factory=dict)  # what each changes of records of care

    def handled(self) -> Handled:
        return Handled(self.service, {*self.projections, *self.reactions})

    def topics(self) -> tuple[str, ...]:
        """The topics this service reads, in a stable order."""
        return tuple(sorted({topic_of(event.OWNER) for event in self.handled()}))
