"""Integration's composition root for the worker."""

from services.integration.handlers import AUDITS, PROJECTIONS, REACTIONS, TIMERS
from services.integration.snapshots import SNAPSHOTS
from shared.path.handlers import Handlers
from shared.path.worker import WorkerSpec

SPEC = WorkerSpec(Handlers("integration", PROJECTIONS, REACTIONS, TIMERS, AUDITS), snapshots=SNAPSHOTS)
