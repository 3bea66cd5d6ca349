"""The independent checker: reads the journals and each database by plain SQL, and says what went wrong.

It imports nothing of the product. What it holds to be true: a transaction was accepted when its journal says that
the commit was acknowledged; one that was killed before it could say so was accepted when the owner's database
holds it. Every ledger must show each event of these, once and in order per key, and nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql

from tests.soak.journal import Journals

_MOST_EXAMPLES = 20
_LEFT_OVER = {
    "outbox": "SELECT count(*) FROM outbox WHERE type <> 'attune.plumbing.tick.v1'",
    "dead_letter": "SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL",
    "timer": "SELECT count(*) FROM timer",
}


@dataclass(frozen=True)
class Ledger:
    """A reader's table of effects: (nr, key, n, tx), no two columns unique together, so a doubling shows.

    `nr` is drawn while the key's row is locked. Every `every`-th event of a key belongs in it.
    """

    name: str
    url: str
    table: str = "effect"
    every: int = 1
    is_ordered: bool = True


@dataclass(frozen=True)
class Books:
    """Everything the checker reads: the journals, the owner's table `command` (tx), the readers' ledgers."""

    journals: Path
    owner_url: str
    ledgers: tuple[Ledger, ...]

    def databases(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.owner_url, *(ledger.url for ledger in self.ledgers))))


@dataclass
class Verdict:
    """Counts of effects, over all ledgers; `tried` counts the events that were accepted."""

    tried: int = 0
    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    invented: int = 0
    left_over: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.reordered or self.invented or self.left_over)

    def note(self, fault: str, where: object, count: int = 1) -> None:
        setattr(self, fault, getattr(self, fault) + count)
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(f"{fault}: {where}")


def check(books: Books) -> Verdict:
    """Read everything and judge. Call it when all is at rest."""
    verdict, journals = Verdict(), Journals(books.journals)
    committed = _committed(books.owner_url)
    for tx in journals.acknowledged():
        if tx not in committed:
            verdict.note("lost", f"acknowledged, but the owner has it not: {tx}")
    authors = journals.authors(committed)
    verdict.tried = sum(len(row) - 1 for row in authors.values())
    for ledger in books.ledgers:
        _judge(verdict, ledger, journals, authors)
    for url in books.databases():
        _look_for_leftovers(verdict, url)
    return verdict


def _judge(verdict: Verdict, ledger: Ledger, journals: Journals, authors: Mapping[UUID, list[int]]) -> None:
    seen: dict[UUID, set[int]] = {key: set() for key in authors}
    newest: dict[UUID, int] = dict.fromkeys(authors, 0)
    for key, n, tx in _rows(ledger):
        where = f"{ledger.name} {key} {n}"
        row, written = authors.get(key, ()), journals.by_tx.get(tx)
        if not (0 < n < len(row) and written and row[n] == written.number and n % ledger.every == 0):
            verdict.note("invented", f"{where} of {tx}")
        elif n in seen[key]:
            verdict.note("doubled", where)
        else:
            seen[key].add(n)
            if ledger.is_ordered and n < newest[key]:
                verdict.note("reordered", f"{where} after {newest[key]}")
            newest[key] = max(newest[key], n)
    for key, row in authors.items():
        for n in range(ledger.every, len(row), ledger.every):
            if n not in seen[key]:
                verdict.note("lost", f"{ledger.name} {key} {n}")


def _committed(owner_url: str) -> set[UUID]:
    with psycopg.connect(owner_url) as connection:
        return {tx for (tx,) in connection.execute("SELECT tx FROM command")}


def _rows(ledger: Ledger) -> Iterator[tuple[UUID, int, UUID]]:
    query = sql.SQL("SELECT key, n, tx FROM {} ORDER BY nr").format(sql.Identifier(ledger.table))
    with psycopg.connect(ledger.url) as connection, connection.cursor("rows", binary=True) as cursor:
        cursor.itersize = 20_000
        cursor.execute(query)
        yield from cursor


def _look_for_leftovers(verdict: Verdict, url: str) -> None:
    with psycopg.connect(url) as connection:
        for table, query in _LEFT_OVER.items():
            (count,) = connection.execute(query.encode()).fetchone() or (0,)
            if count:
                verdict.note("left_over", f"{count} in {table}", count)
