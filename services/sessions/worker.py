"""Sessions's composition root for the worker."""

from services.sessions.commands.restored import RESTORED
from services.sessions.handlers import AUDITS, PROJECTIONS, REACTIONS, TIMERS
from services.sessions.snapshots import SNAPSHOTS
from shared.path.handlers import Handlers
from shared.path.worker import WorkerSpec

SPEC = WorkerSpec(
    Handlers("sessions", PROJECTIONS, REACTIONS, TIMERS, AUDITS), snapshots=SNAPSHOTS, restored=RESTORED
)
