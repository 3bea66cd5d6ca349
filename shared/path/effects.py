"""The effects of events that are new here: projections a group at a time, reactions one by one."""

import time
from collections.abc import Sequence

from sqlalchemy.orm import Session

from shared.db.tenancy import set_practice
from shared.path.arrivals import Arrival, grouped
from shared.path.handlers import Handlers
from shared.telemetry import trace


def apply_effects(db: Session, handlers: Handlers, fresh: Sequence[Arrival]) -> float | None:
    """Run the handlers within the caller's transaction; the mean seconds of a reaction, if there was one."""
    reactions, spent = 0, 0.0
    for group in grouped(fresh):
        received = [one.received for one in group if one.received is not None]
        set_practice(db, received[0].practice_id)
        kind = type(received[0].event)
        if project := handlers.projections.get(kind):
            project(db, received)
        if react := handlers.reactions.get(kind):
            started = time.monotonic()
            # A snapshot rebuilds what is known. Nobody is told, alerted or booked a second time by it.
            received = [one.received for one in group if one.received is not None and not one.is_snapshot]
            for one in received:
                with trace.span(trace.parse(one.traceparent)):
                    react(db, one)
                    db.flush()
            reactions += len(received)
            spent += time.monotonic() - started
    return spent / reactions if reactions else None
