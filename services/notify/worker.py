"""Notify's composition root for the worker."""

from services.notify.handlers import PROJECTIONS, REACTIONS, TIMERS
from shared.path.handlers import Handlers
from shared.path.worker import WorkerSpec

SPEC = WorkerSpec(Handlers("notify", PROJECTIONS, REACTIONS, TIMERS))
