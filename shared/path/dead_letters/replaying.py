"""Replay of dead letters: in order per key, each in a transaction of its own, written down with who asked.

A key is gone through from its oldest letter on, until one was not asked for or fails. The next letter is looked
up anew each time, under the lock that the consumer holds while it parks: so two operators and a worker can do
their work at once, and what the worker parks meanwhile is applied too.
"""

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from sqlalchemy.orm import Session

from shared.db.tenancy import Database, Scope
from shared.path.acts import Act, Operator, write_act
from shared.path.dead_letters.applying import apply_letter, lock_key
from shared.path.dead_letters.letters import (
    Key,
    Letter,
    Place,
    oldest_of_key,
    waiting_letters,
    waiting_of_key,
)
from shared.path.dead_letters.outcome import Outcome, Result, Stopped, passes_at_once, stopped_by
from shared.path.dead_letters.wanted import Wanted, asked_of, within_key
from shared.path.handlers import Handlers

log = structlog.get_logger()
WORKER = Scope(role="worker")
_ATTEMPTS = 5

Tell = Callable[[Outcome], None]


@dataclass
class Replaying:
    """One run over one service's dead letters. `tell` hears of each letter once it is certain."""

    database: Database
    handlers: Handlers
    event_key: bytes
    wanted: Wanted
    operator: Operator
    tell: Tell
    applied: int = 0
    waiting: int = 0
    _places: dict[Key, set[Place]] = field(default_factory=dict)  # where each key's letters lie
    _opened: set[Key] = field(default_factory=set)  # keys of which this run applied a letter
    _tried: Letter | None = None

    def run(self) -> None:
        """Apply all that is wanted and can be. Raises only when the database is lost."""
        asked = self.wanted.as_written_down()
        with self.database.transaction(WORKER) as db:
            heads = self._heads(db)
            write_act(db, self.operator, Act.REPLAY_BEGUN, asked=asked)
        # A practice may be created by a letter of another key: those that lack it are tried once more, last.
        early = self._through(heads, is_last_try=False)
        self._through(early, is_last_try=True)
        with self.database.transaction(WORKER) as db:
            write_act(
                db,
                self.operator,
                Act.REPLAY_ENDED,
                asked=asked,
                applied=self.applied,
                waiting=self.waiting,
            )

    def _heads(self, db: Session) -> list[tuple[int, Key]]:
        """Per key with a wanted letter, the id of its oldest."""
        oldest: dict[Key, int] = {}
        keys: set[Key] = set()
        for letter in waiting_letters(db):
            oldest.setdefault(letter.order_key, letter.id)
            self._places.setdefault(letter.order_key, set()).add(letter.place)
            if self.wanted.takes(letter):
                keys.add(letter.order_key)
        return [(oldest[key], key) for key in keys]

    def _through(self, heads: list[tuple[int, Key]], *, is_last_try: bool) -> list[tuple[int, Key]]:
        """Apply, the oldest first over all keys; returns the keys to try once more."""
        early: list[tuple[int, Key]] = []
        heapq.heapify(heads)
        while heads:
            place = heapq.heappop(heads)
            key = place[1]
            try:
                following = self._step(key)
            except Stopped as stopped:
                if stopped.result is Result.NO_PRACTICE and not is_last_try:
                    early.append(place)
                else:
                    self._stop(key, stopped)
                continue
            if following is not None:
                heapq.heappush(heads, (following, key))
        return early

    def _step(self, key: Key) -> int | None:
        """Apply the oldest of a key; the id to go on from, None when the key is done. Raises Stopped."""
        for attempt in range(_ATTEMPTS):
            try:
                outcome = self._apply_oldest(key)
                break
            except Exception as error:
                if passes_at_once(error) and attempt + 1 < _ATTEMPTS:
                    time.sleep(0.05 * 2**attempt)
                    continue
                stopped = stopped_by(error)
                if stopped.result is Result.FAILED:
                    log.error("replay failed again", reason="failed", exc_info=True)
                raise stopped from error
        if outcome is None:
            return None
        self._opened.add(key)
        self.applied += 1
        self.tell(outcome)
        return outcome.letter.id + 1

    def _apply_oldest(self, key: Key) -> Outcome | None:
        """In one transaction. None: nothing of this key waits any more."""
        self._tried = None
        with self.database.transaction(WORKER) as db:
            lock_key(db, key[0], self._places[key])
            letter = self._tried = oldest_of_key(db, key)
            if letter is None:
                return None
            if letter.place not in self._places[key]:  # parked since, from another log
                self._places[key].add(letter.place)
                lock_key(db, key[0], self._places[key])
            if not within_key([letter], self.wanted, is_open=key in self._opened)[0]:
                raise Stopped(Result.BEHIND)
            result = apply_letter(db, self.handlers, self.event_key, letter, self.operator.by)
            write_act(db, self.operator, Act.REPLAYED, letter_id=letter.id, event_id=letter.event_id)
        return Outcome(letter, result)

    def _stop(self, key: Key, stopped: Stopped) -> None:
        """Say of each letter of this key that was asked for why it still waits."""
        with self.database.transaction(WORKER) as db:
            left = waiting_of_key(db, key)
        head = self._tried or (left[0] if left else None)
        for letter in asked_of(left, self.wanted, is_open=key in self._opened):
            self.waiting += 1
            if head is None or letter.id == head.id:
                self.tell(Outcome(letter, stopped.result, stopped.error_type))
            else:
                self.tell(Outcome(letter, Result.BEHIND, behind_id=head.id))
