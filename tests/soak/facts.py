"""What is told in a soak: who owns which fact, who listens, and which numbers of a key go which way.

notes ──► projector (projections, two members)
      └─► reactor (reactions, two members) ──► follower (projections of what the reactor tells onward)
"""

from dataclasses import dataclass
from uuid import UUID

from shared.events.base import EVENTS, Event, event, topic_of

NOTES, PROJECTOR, REACTOR, FOLLOWER = "soak_notes", "soak_projector", "soak_reactor", "soak_follower"
CHANGED_EVERY = 4
"""Every fourth event of a key is a Changed: the reactor reacts to it and tells it onward."""
TIMER_EVERY = 20
"""Every twentieth event of a key makes the reactor set a timer."""
SICK_KEYS, SICK = frozenset({1, 21}), frozenset({7, 8, 23, 24, 39, 40})
"""Two keys are sick: of fifty events in a row of theirs, handlers with a bug fail at these."""
MOST_BUSY = 24
"""While writers only trickle, they write to these first keys, the sick ones among them."""


@dataclass(frozen=True)
class Kinds:
    """The event types of a soak, defined in this process."""

    noted: type[Event]
    changed: type[Event]
    passed: type[Event]

    def of(self, n: int) -> type[Event]:
        return self.changed if n % CHANGED_EVERY == 0 else self.noted


def define() -> Kinds:
    """Define the events, or find them defined. `n` counts a key's events from 1; `tx` names the transaction."""
    if f"attune.{NOTES}.noted.v1" in EVENTS:
        return Kinds(*(EVENTS[f"attune.{name}.v1"] for name in _NAMES))

    class Noted(Event):
        """Something was noted."""

        couple_id: UUID
        n: int
        tx: UUID

    class Changed(Event):
        """Something changed."""

        couple_id: UUID
        n: int
        tx: UUID

    class Passed(Event):
        """A change was passed on."""

        couple_id: UUID
        n: int
        tx: UUID

    tell = event(owner=NOTES, consumers=(), key="couple_id")
    return Kinds(tell(Noted), tell(Changed), event(owner=REACTOR, consumers=(), key="couple_id")(Passed))


def forget() -> None:
    """Take the definitions back: other tests look at every event there is."""
    for name in _NAMES:
        EVENTS.pop(f"attune.{name}.v1", None)


_NAMES = (f"{NOTES}.noted", f"{NOTES}.changed", f"{REACTOR}.passed")
TOPICS = (topic_of(NOTES), topic_of(REACTOR))


def keys(count: int) -> list[UUID]:
    """The keys of a soak, the same in every process."""
    return [UUID(int=0x50A4_0000_0000_4000_8000_0000_0000_0000 + index) for index in range(count)]


def practices() -> list[UUID]:
    """Two practices; key `index` belongs to the one of `index % 2`."""
    return [UUID(int=0xBEEF + index) for index in range(2)]


def is_sick(key: UUID, n: int) -> bool:
    """Whether a handler with a bug fails at this event."""
    return int(key) & 0xFFFF in SICK_KEYS and n % 50 in SICK
