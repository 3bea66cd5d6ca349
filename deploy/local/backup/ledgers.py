"""What lies beside the databases and must outlive them: who was erased, and the audit's checkpoints.

Both are files of lines that only grow. They are copied by adding the lines that are missing, never by replacing: so an
older copy takes nothing away.
"""

import os
from pathlib import Path

from deploy.local.errors import UserError
from deploy.local.files import sync_folder

FOLDERS = ("erasures", "audit")


def copy_ledgers(data: Path, to: Path) -> int:
    """Add what `data` has and `to` has not; how many lines that were."""
    return sum(merge(file, to / name / file.name) for name in FOLDERS for file in ledgers(data / name))


def ledgers(folder: Path) -> list[Path]:
    """The files of lines in a folder, those put aside by an earlier restore too."""
    return sorted(folder.glob("*.jsonl"))


def merge(source: Path, into: Path) -> int:
    """Add the whole lines of `source` that `into` does not hold yet, durably. Raises UserError."""
    try:
        into.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        known = set(_lines(into)) if into.exists() else set()
        missing = [line for line in _lines(source) if line not in known]
        if not missing:
            return 0
        descriptor = os.open(into, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(size - 1)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            file.write(b"".join(line + b"\n" for line in missing))
            file.flush()
            os.fsync(file.fileno())
        sync_folder(into.parent)
    except OSError as error:
        raise UserError(f"{into} can't be written: {error.strerror}") from error
    return len(missing)


def _lines(path: Path) -> list[bytes]:
    """Whole lines. One without its end is still being written."""
    return path.read_bytes().split(b"\n")[:-1]
