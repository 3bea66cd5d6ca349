"""The effects of events that are new here: projections a group at a time, reactions one by one."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from shared.audit.by_workers import handling
from shared.db.tenancy import set_practice
from shared.path.arrivals import Arrival, grouped
from shared.path.handlers import Handlers
from shared.path.tracing import projecting, reacting

REACTION_BUDGET_S = 0.1
"""A reaction commits this long after the batch before it at the latest: a withdrawal never waits behind others."""
_PATIENCE = 2.5  # reactions that take this many budgets are begun anew in smaller batches


class TooSlow(Exception):
    """The reactions of this batch take too long to be committed together. `mean_s`: seconds of one so far."""

    def __init__(self, mean_s: float) -> None:
        super().__init__(mean_s)
        self.mean_s = mean_s


def apply_effects(db: Session, handlers: Handlers, fresh: Sequence[Arrival]) -> float | None:
    """Run the handlers within the caller's transaction; the mean seconds of a reaction, if there was one.

    Raises TooSlow when more than one reaction is asked for and they take far longer than the budget.
    """
    done, spent = 0, 0.0
    groups = grouped(fresh)
    left = sum(not one.is_snapshot for group in groups if _kind(group) in handlers.reactions for one in group)
    for group in groups:
        received = [one.received for one in group if one.received is not None]
        set_practice(db, received[0].practice_id)
        kind, doing = _kind(group), partial(handling, db, handlers.audits, _kind(group), relation="event")
        if project := handlers.projections.get(kind):
            name = _name(project)
            with projecting(group, handlers.service, name), doing(handler=name):
                project(db, received)
        # A snapshot rebuilds what is known. Nobody is told, alerted or booked a second time by it.
        if react := handlers.reactions.get(kind):
            name = _name(react)
            for one in group:
                if one.received is None or one.is_snapshot:
                    continue
                began = time.monotonic()
                with reacting(one, handlers.service, name), doing(handler=name):
                    react(db, one.received)
                    db.flush()
                done += 1
                spent += time.monotonic() - began
                if done < left and spent > _PATIENCE * REACTION_BUDGET_S:
                    raise TooSlow(spent / done)
    return spent / done if done else None


def _kind(group: Sequence[Arrival]) -> type:
    return type(group[0].received.event)  # type: ignore[union-attr]  # `grouped` leaves the others out


def _name(handler: Callable[..., Any]) -> str:
    return getattr(handler, "__name__", type(handler).__name__)
