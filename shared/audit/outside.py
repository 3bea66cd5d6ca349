"""Checkpoints outside the database: a file of JSON lines per service that only grows."""

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from shared.audit.signing import Checkpoint

_TAIL = 4096  # bytes: several lines


class LineDamaged(ValueError):
    """A line of the file is no checkpoint; `number` counts from 1."""

    def __init__(self, number: int) -> None:
        super().__init__(f"line {number}")
        self.number = number


class OutsideFile:
    """`<folder>/<service>.jsonl`."""

    def __init__(self, folder: Path, service: str) -> None:
        self.path = folder / f"{service}.jsonl"

    def read(self) -> list[Checkpoint]:
        """Every checkpoint written here; none when there is no file yet. Raises LineDamaged.

        What was being written when the power went, a last line without its end, never counted.
        """
        try:
            *lines, _ = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        return [_parsed(line, number) for number, line in enumerate(lines, 1)]

    def last(self) -> Checkpoint | None:
        """The newest one, read from the end. Raises LineDamaged."""
        try:
            with self.path.open("rb") as file:
                end = file.seek(0, os.SEEK_END)
                file.seek(max(0, end - _TAIL))
                lines = file.read().split(b"\n")[:-1]
        except FileNotFoundError:
            return None
        return _parsed(lines[-1], 0) if lines else None

    def append(self, checkpoints: Sequence[Checkpoint]) -> None:
        """Add lines; they are on the disk when this returns."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        is_new = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            start = max(0, file.seek(0, os.SEEK_END) - _TAIL)
            file.seek(start)
            file.seek(start + file.read().rfind(b"\n") + 1)  # half a line, left by a crash, is written over
            file.write(b"".join(_line(one) for one in checkpoints))
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            _sync_folder(self.path.parent)


def _line(one: Checkpoint) -> bytes:
    said = {
        "sequence": one.sequence,
        "hash": one.hash.hex(),
        "at": one.at.isoformat(),
        "key_name": one.key_name,
        "signature": one.signature.hex(),
    }
    return json.dumps(said).encode() + b"\n"


def _parsed(line: bytes, number: int) -> Checkpoint:
    try:
        said = json.loads(line)
        return Checkpoint(
            int(said["sequence"]),
            bytes.fromhex(said["hash"]),
            datetime.fromisoformat(said["at"]),
            str(said["key_name"]),
            bytes.fromhex(said["signature"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise LineDamaged(number) from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
