"""A writer: commands that lock aggregates, count, record events and commit, as fast as the path takes them."""

import os
import random
import threading
import time
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.clock import utcnow
from shared.db.tenancy import Database, Scope
from shared.ids import new_id
from shared.path import outbox
from shared.path.outbox import Outbox
from shared.path.transient import is_transient
from tests.soak.facts import MOST_BUSY, NOTES, define, keys, practices
from tests.soak.ground import Ground
from tests.soak.journal import Journal

_LOCK = text("UPDATE aggregate SET n = n + :count WHERE key = :key RETURNING n")
_COMMAND = text("INSERT INTO command VALUES (:tx)")
_ACCEPTED = text("SELECT coalesce(sum(n), 0)::bigint FROM aggregate")
_WAITING = text("SELECT count(*) FROM (SELECT FROM outbox LIMIT 50001)")
_LOOK_EVERY_S = 0.5
_TRICKLE_S = 0.15
MOST_WAITING = 50_000
DOOMED = 0.03


class _ChangedMyMind(Exception):
    """Rolls a command back on purpose."""


@dataclass(frozen=True)
class Wish:
    """One command: how many events of each key, and whether it will be rolled back."""

    practice_id: UUID
    counts: dict[UUID, int]
    is_doomed: bool


def write(ground: Ground, name: str, quota: int, stop: threading.Event) -> None:
    """Write at full speed until `quota` events are accepted in all, then a trickle until told to stop."""
    database = Database(
        ground.urls[NOTES],
        pool_size=1,
        name=name,
        carries={"outbox": Outbox(ground.event_key), "clock": utcnow},
    )
    journal = Journal(ground.folder / f"{name}.{os.getpid()}.journal")
    chance = random.Random(f"{name} {os.getpid()}")
    looked_at, pause = 0.0, 0.0
    while not stop.wait(pause):
        try:
            if time.monotonic() - looked_at > _LOOK_EVERY_S:
                looked_at, pause = time.monotonic(), _pause(database, quota)
            if pause < _LOOK_EVERY_S:
                command(database, journal, _wish(chance, ground, is_trickle=pause > 0))
        except Exception as error:
            if not is_transient(error):
                raise
            stop.wait(0.2)


def command(database: Database, journal: Journal, wish: Wish) -> None:
    """Do it, and write down what was promised: before the commit, and when the commit was acknowledged."""
    tx = new_id()
    try:
        with database.transaction(Scope(wish.practice_id)) as db:
            record(db, journal, tx, wish)
            if wish.is_doomed:
                raise _ChangedMyMind
    except _ChangedMyMind:
        return
    journal.acknowledge(tx)


def record(db: Session, journal: Journal, tx: UUID, wish: Wish) -> None:
    """Within a transaction: lock and count each key, then record its events."""
    kinds = define()
    db.execute(_COMMAND, {"tx": tx})
    for key in sorted(wish.counts):  # in one order everywhere, so that writers never wait in a circle
        count = wish.counts[key]
        last = db.execute(_LOCK, {"key": key, "count": count}).scalar_one()
        journal.intend(tx, key, last - count + 1, last, is_doomed=wish.is_doomed)
        for n in range(last - count + 1, last + 1):
            outbox.record(db, kinds.of(n)(couple_id=key, n=n, tx=tx))  # type: ignore[call-arg]


def _wish(chance: random.Random, ground: Ground, *, is_trickle: bool) -> Wish:
    """Up to forty events of up to four keys of one practice; in a trickle a few, of a few keys."""
    whose = chance.randrange(2)
    mine = keys(MOST_BUSY if is_trickle else ground.keys)[whose::2]
    chosen = chance.sample(mine, chance.randint(1, 2 if is_trickle else 4))
    counts = {key: chance.randint(1, 3 if is_trickle else 10) for key in chosen}
    return Wish(practices()[whose], counts, chance.random() < DOOMED)


def _pause(database: Database, quota: int) -> float:
    """Seconds between two commands: none, a trickle's, or until the outbox is shorter."""
    with database.transaction(Scope()) as db:
        if db.execute(_WAITING).scalar_one() > MOST_WAITING:
            return _LOOK_EVERY_S
        return 0.0 if db.execute(_ACCEPTED).scalar_one() < quota else _TRICKLE_S
