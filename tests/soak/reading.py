"""What the soak's readers do with events: tables of effects, an event told onward, a timer set and fired.

With `has_bug` they fail at sick events, as a handler does until somebody mends it; the operator's do not.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.db.practice import practice_now
from shared.events.base import Received
from shared.path import outbox, timers
from shared.path.handlers import Handlers
from shared.path.timers import DueTimer
from tests.soak.facts import FOLLOWER, PROJECTOR, REACTOR, TIMER_EVERY, define, is_sick

_LATEST = text(
    "INSERT INTO latest SELECT * FROM unnest(CAST(:keys AS uuid[]), CAST(:ns AS bigint[]))"
    " ON CONFLICT (key) DO UPDATE SET n = excluded.n"
)
_EFFECTS = text(
    "INSERT INTO effect (key, n, tx)"
    " SELECT * FROM unnest(CAST(:keys AS uuid[]), CAST(:ns AS bigint[]), CAST(:txs AS uuid[]))"
)
_FIRED = text("INSERT INTO fired (key, n, tx) VALUES (:key, :n, :tx)")


class Bug(Exception):
    """What a handler with a bug raises."""


def handlers(service: str, *, has_bug: bool) -> Handlers:
    """The subscriptions of one of the soak's services; none for the owner of the notes."""
    kinds = define()

    def project(db: Session, events: Sequence[Received[Any]]) -> None:
        _meet(events, has_bug)
        _write(db, events)

    def react(db: Session, one: Received[Any]) -> None:
        _meet([one], has_bug)
        _write(db, [one])
        fact = one.event
        outbox.record(db, kinds.passed(couple_id=fact.couple_id, n=fact.n, tx=fact.tx))  # type: ignore[call-arg]
        if fact.n % TIMER_EVERY == 0:
            due_at = practice_now(db) + timedelta(milliseconds=fact.n % 1500)
            timers.schedule(db, "soak", fact.couple_id, due_at, occurrence=f"{fact.n} {fact.tx}")

    if service == PROJECTOR:
        return Handlers(service, projections={kinds.noted: project, kinds.changed: project})
    if service == REACTOR:
        return Handlers(service, reactions={kinds.changed: react}, timers={"soak": fire})
    if service == FOLLOWER:
        return Handlers(service, projections={kinds.passed: project})
    return Handlers(service)


def fire(db: Session, due: DueTimer, now: datetime) -> None:
    """A timer's effect: one row."""
    n, _, tx = due.occurrence.partition(" ")
    db.execute(_FIRED, {"key": due.ref, "n": int(n), "tx": UUID(tx)})


def _meet(events: Sequence[Received[Any]], has_bug: bool) -> None:
    if has_bug and any(is_sick(one.event.couple_id, one.event.n) for one in events):
        raise Bug


def _write(db: Session, events: Sequence[Received[Any]]) -> None:
    latest = {one.event.couple_id: one.event.n for one in events}
    db.execute(_LATEST, {"keys": sorted(latest), "ns": [latest[key] for key in sorted(latest)]})
    db.execute(
        _EFFECTS,
        {
            "keys": [one.event.couple_id for one in events],
            "ns": [one.event.n for one in events],
            "txs": [one.event.tx for one in events],
        },
    )
