"""Notify's composition root for the worker."""

from services.notify.commands.restored import RESTORED
from services.notify.handlers import AUDITS, PROJECTIONS, REACTIONS, TIMERS
from services.notify.mail.delivering import deliver, deliver_once
from services.notify.queries.lateness import measure_open_alerts
from services.notify.snapshots import SNAPSHOTS
from shared.path.handlers import Handlers
from shared.path.worker import WorkerSpec

__all__ = ["SPEC", "deliver_once"]

SPEC = WorkerSpec(
    Handlers("notify", PROJECTIONS, REACTIONS, TIMERS, AUDITS),
    loops={"deliver": deliver},
    snapshots=SNAPSHOTS,
    measures=(measure_open_alerts,),
    restored=RESTORED,
)
