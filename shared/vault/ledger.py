"""Erasures, written down outside the database: a restored backup brings the keys back, this takes them away again."""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID


class LedgerDamaged(Exception):
    """A line of the ledger says nothing that can be applied. The text names file and line."""


@dataclass(frozen=True)
class Erasure:
    """Whose key of which class was destroyed, and when."""

    practice_id: UUID
    owner_id: UUID
    data_class: str
    at: datetime


class ErasureLedger:
    """A file of one JSON object per line, only ever added to; several processes may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, erasures: Sequence[Erasure]) -> None:
        """Returns when the lines are on the disk: call it before the commit."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_new = not self.path.exists()
        lines = "".join(f"{_line(one)}\n" for one in erasures).encode()
        descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                lines = b"\n" + lines  # whoever wrote the last line died over it
            while lines:
                lines = lines[os.write(descriptor, lines) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            _sync_folder(self.path.parent)

    def read(self) -> Iterator[Erasure]:
        """All of them, oldest first; none while there is no file. Raises LedgerDamaged, OSError."""
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                # A line without its end was being written when the power went: its transaction never committed.
                if line.rstrip("\n").endswith("}"):
                    yield self._parsed(line, number)

    def _parsed(self, line: str, number: int) -> Erasure:
        try:
            said = json.loads(line)
            return Erasure(
                UUID(said["practice"]),
                UUID(said["owner"]),
                str(said["class"]),
                datetime.fromisoformat(said["at"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise LedgerDamaged(f"line {number} of {self.path} is no erasure") from error


def _line(one: Erasure) -> str:
    return json.dumps(
        {
            "practice": str(one.practice_id),
            "owner": str(one.owner_id),
            "class": one.data_class,
            "at": one.at.isoformat(),
        }
    )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
