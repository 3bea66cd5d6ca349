"""A replay that is tried and taken back: it answers "would it work?" before anybody decides.

Handlers only change their service's database, so undoing the transaction undoes all that they did.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.db.tenancy import Database
from shared.path.dead_letters.applying import apply_letter, lock_key
from shared.path.dead_letters.letters import Key, Letter, waiting_letters
from shared.path.dead_letters.outcome import Outcome, Result, stopped_by
from shared.path.dead_letters.replaying import WORKER
from shared.path.dead_letters.wanted import Wanted, asked_of, within_key
from shared.path.handlers import Handlers

MOST_OF_A_KEY = 100
"""So many letters of one key are tried: the worker waits for the key's partition meanwhile."""


class _TakenBack(Exception):
    """Ends the transaction without a trace."""


@dataclass(frozen=True)
class Rehearsal:
    """What would come of one key's letters, and how many more would follow that were not tried."""

    outcomes: tuple[Outcome, ...]
    untried: int


@dataclass
class Rehearsing:
    """Tries what a replay of `wanted` would do. Changes nothing and writes nothing down."""

    database: Database
    handlers: Handlers
    event_key: bytes
    wanted: Wanted

    def run(self) -> Iterator[Rehearsal]:
        """Each key with a wanted letter, the oldest first. Raises only when the database is lost."""
        of_key: dict[Key, list[Letter]] = {}
        with self.database.transaction(WORKER) as db:
            for letter in waiting_letters(db):
                of_key.setdefault(letter.order_key, []).append(letter)
        for key, letters in of_key.items():
            if asked_of(letters, self.wanted):
                yield self._of_key(key, letters)

    def _of_key(self, key: Key, letters: list[Letter]) -> Rehearsal:
        ready, end = within_key(letters, self.wanted)
        outcomes = self._try(key, ready[:MOST_OF_A_KEY]) if ready else []
        if outcomes and not outcomes[-1].is_applied:
            end = outcomes[-1].letter
        behind = [
            Outcome(letter, Result.BEHIND, behind_id=end.id)
            for letter in asked_of(letters, self.wanted)
            if end is not None and letter.id > end.id
        ]
        tried = len(outcomes) + sum(1 for one in behind if one.letter in ready)
        return Rehearsal((*outcomes, *behind), untried=len(ready) - tried)

    def _try(self, key: Key, ready: list[Letter]) -> list[Outcome]:
        """Apply them in one transaction until one fails, and take all of it back."""
        outcomes: list[Outcome] = []
        try:
            with self.database.transaction(WORKER) as db:
                lock_key(db, key[0], {letter.place for letter in ready})
                for letter in ready:
                    outcomes.append(
                        Outcome(letter, apply_letter(db, self.handlers, self.event_key, letter, ""))
                    )
                raise _TakenBack
        except _TakenBack:
            return outcomes
        except Exception as error:
            stopped = stopped_by(error)
        return [*outcomes, Outcome(ready[len(outcomes)], stopped.result, stopped.error_type)]
