"""Replaying over HTTP what a service put aside: the command's own code, written down as the command writes it."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from shared.errors import NotFound
from shared.path.acts import Operator
from shared.path.dead_letters.letters import letters_by_id
from shared.path.dead_letters.rehearsing import Rehearsing
from shared.path.dead_letters.wanted import Wanted
from shared.path.replay import replay_wanted
from shared.web.idempotency import once
from shared.web.operators import views
from shared.web.operators.reach import Reach


def rehearse(here: Reach, letter_id: int) -> dict[str, Any]:
    """What a replay of this letter would do, tried and taken back. Raises NotFound."""
    _must_wait(here, letter_id)
    wanted = Wanted(ids=frozenset({letter_id}))
    with here.database() as database:
        tried = list(Rehearsing(database, here.handlers, here.event_key, wanted).run())
    return {
        "outcomes": views.outcomes([one for each in tried for one in each.outcomes]),
        "untried": sum(one.untried for one in tried),
    }


def replay_once(here: Reach, *, by: str, because: str | None, letter_id: int | None = None) -> Any:
    """Replay one letter with what is parked behind it, or all that waits; at most once per Idempotency-Key.

    One that was cut off can be asked for again. Raises NotFound when the letter does not wait.
    """

    def command(_: Session) -> UUID:
        if letter_id is not None:
            _must_wait(here, letter_id)
        operator = Operator(by, because)
        wanted = Wanted(ids=frozenset() if letter_id is None else frozenset({letter_id}))
        with here.database() as database:
            replay_wanted(database, here.handlers, event_key=here.event_key, wanted=wanted, operator=operator)
        return operator.run_id

    def show(_: Session, run_id: UUID) -> dict[str, Any]:
        with here.look() as db:
            return views.replay(db, run_id)

    return once(command, show)


def _must_wait(here: Reach, letter_id: int) -> None:
    with here.look() as db:
        if not any(one.is_waiting for one in letters_by_id(db, [letter_id])):
            raise NotFound
