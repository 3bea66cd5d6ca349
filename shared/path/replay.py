"""Replay of what one service put aside, as code of the platform asks for it; people use `attune events replay`."""

from dataclasses import dataclass

from shared.db.tenancy import Database
from shared.path.acts import Operator
from shared.path.dead_letters.outcome import Outcome
from shared.path.dead_letters.replaying import Replaying, Tell
from shared.path.dead_letters.wanted import Wanted
from shared.path.handlers import Handlers


@dataclass(frozen=True)
class Replayed:
    """What came of it: applied now, and asked for but still waiting."""

    applied: int
    waiting: int


def replay(
    database: Database, handlers: Handlers, *, event_key: bytes, by: str, only_id: int | None = None
) -> Replayed:
    """Apply what waits, oldest first, each in a transaction of its own. A key stops at its first failure.

    `only_id` replays one dead letter with what was parked behind it, and only if nothing older of its key waits.
    Records that were forged or could not be read are never applied; they stay, as evidence. `by` names the
    person who asked.
    """
    wanted = Wanted(ids=frozenset() if only_id is None else frozenset({only_id}))
    return replay_wanted(database, handlers, event_key=event_key, wanted=wanted, operator=Operator(by))


def replay_wanted(
    database: Database,
    handlers: Handlers,
    *,
    event_key: bytes,
    wanted: Wanted,
    operator: Operator,
    tell: Tell | None = None,
) -> Replayed:
    """The same for any choice of letters; `tell` hears what came of each."""
    run = Replaying(database, handlers, event_key, wanted, operator, tell or _nobody)
    run.run()
    return Replayed(run.applied, run.waiting)


def _nobody(_: Outcome) -> None:
    """Nobody listens."""
