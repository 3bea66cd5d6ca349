"""What gateway does with others' events and with time."""

from collections.abc import Mapping

from shared.events.base import Event
from shared.path.handlers import Projection, Reaction
from shared.path.timers import TimerHandler

PROJECTIONS: Mapping[type[Event], Projection] = {}
REACTIONS: Mapping[type[Event], Reaction] = {}
TIMERS: Mapping[str, TimerHandler] = {}
