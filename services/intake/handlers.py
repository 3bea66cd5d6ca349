"""What intake does with others' events and with time."""

from collections.abc import Mapping

from shared.db.practice import project_practice_clock_moved, project_practice_created
from shared.events.base import Event
from shared.events.gateway import PracticeClockMoved, PracticeCreated
from shared.path.handlers import Projection, Reaction
from shared.path.timers import TimerHandler

PROJECTIONS: Mapping[type[Event], Projection] = {
    PracticeCreated: project_practice_created,
    PracticeClockMoved: project_practice_clock_moved,
}
REACTIONS: Mapping[type[Event], Reaction] = {}
TIMERS: Mapping[str, TimerHandler] = {}
