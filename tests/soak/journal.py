"""What a writer was promised, written down by the writer itself: a file per process, beside every database.

One line each, fields parted by a space:
    I tx key first last   about to commit: events first…last of key, in transaction tx
    D tx key first last   about to roll back on purpose: nobody may ever see these
    A tx                  the commit was acknowledged
A process that is killed between I and A leaves its transaction unknown: then the owner's database decides.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID


class BooksDisagree(Exception):
    """Journals and the owner's database can't both be true: the soak itself is broken."""


class Journal:
    """A file that one process appends to. Each line is one write, so a SIGKILL loses none."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def intend(self, tx: UUID, key: UUID, first: int, last: int, *, is_doomed: bool = False) -> None:
        self._write(f"{'D' if is_doomed else 'I'} {tx} {key} {first} {last}")

    def acknowledge(self, tx: UUID) -> None:
        self._write(f"A {tx}")

    def _write(self, line: str) -> None:
        os.write(self._descriptor, line.encode() + b"\n")


@dataclass
class Written:
    """One transaction as the journals tell it; `runs` holds (first, last) per key."""

    number: int
    is_doomed: bool = False
    is_acknowledged: bool = False
    runs: dict[UUID, tuple[int, int]] = field(default_factory=dict)


class Journals:
    """All transactions that any writer of a soak began, by their id."""

    def __init__(self, folder: Path) -> None:
        self.by_tx: dict[UUID, Written] = {}
        for path in sorted(folder.glob("*.journal")):
            for line in _whole_lines(path):
                self._take(line.split(" "))

    def acknowledged(self) -> Iterator[UUID]:
        return (tx for tx, written in self.by_tx.items() if written.is_acknowledged)

    def authors(self, committed: Iterable[UUID]) -> dict[UUID, list[int]]:
        """Per key, at index n, the number of the transaction among `committed` that made event n.

        Raises BooksDisagree when they don't give each key the events 1, 2, 3 … once each.
        """
        authors: dict[UUID, list[int]] = {}
        for tx in committed:
            written = self.by_tx.get(tx)
            if written is None or written.is_doomed:
                raise BooksDisagree(f"the owner committed {tx}, which nobody meant to")
            for key, (first, last) in written.runs.items():
                row = authors.setdefault(key, [-1])
                row.extend([-1] * (last + 1 - len(row)))
                for n in range(first, last + 1):
                    if row[n] != -1:
                        raise BooksDisagree(f"event {n} of {key} was committed twice")
                    row[n] = written.number
        for key, row in authors.items():
            if -1 in row[1:]:
                raise BooksDisagree(f"event {row[1:].index(-1) + 1} of {key} was never committed")
        return authors

    def _take(self, fields: list[str]) -> None:
        tx = UUID(fields[1])
        written = self.by_tx.setdefault(tx, Written(len(self.by_tx)))
        if fields[0] == "A":
            written.is_acknowledged = True
        else:
            written.is_doomed = fields[0] == "D"
            written.runs[UUID(fields[2])] = (int(fields[3]), int(fields[4]))


def _whole_lines(path: Path) -> Iterator[str]:
    """The lines of a file; one that a kill cut short told nobody anything."""
    with path.open(encoding="ascii") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield line.rstrip("\n")
