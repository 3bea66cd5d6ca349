"""One soak on one log: play, harm, let all come to rest, and have the checker judge."""

import contextlib
import random
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.folders import open_folder
from tests.soak.checker import Books, Verdict, check
from tests.soak.company import Company, Tally
from tests.soak.facts import NOTES
from tests.soak.ground import Ground, ground
from tests.soak.havoc import Havoc, Seen
from tests.soak.plan import Plan
from tests.soak.servers import servers

_LOOK_EVERY_S = 0.5
_TELL_EVERY_S = 20.0
_REST_S = 60.0
"""All must come to rest, and may take as long as it likes, unless nothing moves for this long."""


@dataclass(frozen=True)
class Outcome:
    """What a soak came to."""

    name: str
    seed: int
    seconds: float
    verdict: Verdict
    tally: Tally
    seen: Seen

    @property
    def kills(self) -> int:
        """SIGKILLs, of processes and of servers."""
        seen = self.seen
        return self.tally.met.total() + self.tally.killed + seen.database_kills + seen.log_kills

    def line(self) -> dict[str, Any]:
        """The JSON line."""
        verdict, tally, seen = self.verdict, self.tally, self.seen
        return {
            "name": self.name,
            "tried": verdict.tried,
            "kills": self.kills,
            "lost": verdict.lost,
            "doubled": verdict.doubled,
            "reordered": verdict.reordered,
            "invented": verdict.invented,
            "left_over": verdict.left_over,
            "crashed": len(tally.crashed),
            "stopped": tally.stopped,
            "takeovers": seen.takeovers,
            "handovers": seen.handovers,
            "takeover_s": round(seen.takeover_s, 1),
            "handover_s": round(seen.handover_s, 1),
            "leaves": seen.leaves,
            "database_kills": seen.database_kills,
            "log_kills": seen.log_kills,
            "log_down_s": seen.log_down_s,
            "points": dict(sorted(tally.met.items())),
            "seconds": round(self.seconds, 1),
            "seed": self.seed,
        }


def soak(kind: str, plan: Plan, *, seed: int, deadline_s: float) -> Outcome:
    """Play `plan` on the log `kind` (kafka or embedded). Stops whatever it started, whatever happens."""
    began = time.monotonic()
    with (
        servers(kind) as under,
        open_folder() as folder,
        ground(under.databases, under.log_url, folder, prefix="soak", keys=plan.keys) as on,
        Company(on, plan.events) as company,
    ):
        havoc = Havoc(plan, company, under, on, random.Random(seed))
        _play(plan, on, company, havoc, deadline=began + deadline_s)
        company.finish("writer")
        is_at_rest = _come_to_rest(on.books(), company)
        if not is_at_rest:
            company.ask_where()
        company.finish("operator", "relay", "consumer", "reactor")
        verdict = check(on.books())
        outcome = Outcome(f"soak_{kind}", seed, time.monotonic() - began, verdict, company.tally, havoc.seen)
        if not (is_at_rest and verdict.is_clean and not company.tally.crashed):
            _tell(on, outcome)
    return outcome


class SoakTooSlow(Exception):
    """The harm was not all done before the deadline: something never happened."""


def _play(plan: Plan, on: Ground, company: Company, havoc: Havoc, *, deadline: float) -> None:
    looked_at, told_at, progress = 0.0, 0.0, 0.0
    while not (progress >= 1.0 and havoc.is_over):
        if time.monotonic() > deadline:
            raise SoakTooSlow(f"at {progress:.0%}, left {havoc.left()}, {havoc.seen}, {company.tally}")
        if time.monotonic() - looked_at > _LOOK_EVERY_S:
            looked_at = time.monotonic()
            with contextlib.suppress(psycopg.OperationalError):
                progress = min(1.0, _accepted(on) / plan.events)
        if time.monotonic() - told_at > _TELL_EVERY_S:
            told_at = time.monotonic()
            sys.stderr.write(
                f"{_clock()} {progress:.0%}, left {havoc.left()}, {havoc.seen}, {company.tally}\n"
            )
        company.watch()
        with contextlib.suppress(psycopg.OperationalError):
            havoc.go_on(progress)
        time.sleep(0.05)


def _clock() -> str:
    return time.strftime("%H:%M:%S", time.gmtime())


def _accepted(on: Ground) -> int:
    with psycopg.connect(on.urls[NOTES], autocommit=True) as connection:
        return int(connection.execute("SELECT coalesce(sum(n), 0) FROM aggregate").fetchone()[0])  # type: ignore[index]


def _come_to_rest(books: Books, company: Company) -> bool:
    """Wait until the ledgers hold as many effects as they should, or until nothing moves any more."""
    wanted = _wanted(books)
    last, moved_at = -1, time.monotonic()
    while time.monotonic() - moved_at < _REST_S:
        company.watch()
        effects, left = _at_work(books)
        if effects >= wanted and left == 0:
            return True
        if effects != last:
            last, moved_at = effects, time.monotonic()
        time.sleep(0.5)
    return False


def _wanted(books: Books) -> int:
    with psycopg.connect(books.owner_url) as connection:
        counts = [n for (n,) in connection.execute("SELECT n FROM aggregate")]
    return sum(n // ledger.every for n in counts for ledger in books.ledgers)


def _at_work(books: Books) -> tuple[int, int]:
    """How many effects there are, and how many rows wait in outboxes, timers and dead letters."""
    effects = left = 0
    for ledger in books.ledgers:
        with psycopg.connect(ledger.url) as connection:
            effects += connection.execute(f"SELECT count(*) FROM {ledger.table}".encode()).fetchone()[0]  # type: ignore[index]
    for url in books.databases():
        with psycopg.connect(url) as connection:
            left += connection.execute(
                "SELECT (SELECT count(*) FROM outbox WHERE type <> 'attune.plumbing.tick.v1')"
                " + (SELECT count(*) FROM timer) + (SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL)"
            ).fetchone()[0]  # type: ignore[index]
    return effects, left


def _tell(on: Ground, outcome: Outcome) -> None:
    """Say on standard error what went wrong, and where the journals, positions and logs of it are kept."""
    kept = Path(tempfile.mkdtemp(prefix=f"{outcome.name}-{outcome.seed}-"))
    shutil.copytree(on.folder, kept, dirs_exist_ok=True)
    for service, url in on.urls.items():
        with psycopg.connect(url) as connection:
            rows = connection.execute("SELECT * FROM log_position ORDER BY topic, partition").fetchall()
        (kept / f"{service}.positions").write_text("".join(f"{row}\n" for row in rows))
    for example in outcome.verdict.examples + outcome.tally.crashed:
        sys.stderr.write(f"{outcome.name} seed {outcome.seed}: {example}\n")
    sys.stderr.write(f"{outcome.name} seed {outcome.seed}: more in {kept}\n")
