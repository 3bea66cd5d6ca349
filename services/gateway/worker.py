"""Gateway's composition root for the worker."""

from services.gateway.commands.restored import RESTORED
from services.gateway.handlers import AUDITS, PROJECTIONS, REACTIONS, TIMERS
from services.gateway.snapshots import SNAPSHOTS
from shared.path.handlers import Handlers
from shared.path.worker import WorkerSpec

SPEC = WorkerSpec(
    Handlers("gateway", PROJECTIONS, REACTIONS, TIMERS, AUDITS), snapshots=SNAPSHOTS, restored=RESTORED
)
