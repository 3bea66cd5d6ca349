"""Intake's composition root for the worker."""

from services.intake.handlers import AUDITS, PROJECTIONS, REACTIONS, TIMERS
from services.intake.snapshots import SNAPSHOTS
from shared.path.handlers import Handlers
from shared.path.worker import WorkerSpec

SPEC = WorkerSpec(Handlers("intake", PROJECTIONS, REACTIONS, TIMERS, AUDITS), snapshots=SNAPSHOTS)
