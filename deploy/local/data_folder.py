"""The data folder of a platform on one machine: whose it is now, of which version, and what lies where."""

import fcntl
import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.local.errors import UserError
from deploy.local.files import write_whole

FORMAT = 1
"""Raise it when an older program could no longer work with the folder."""


class FolderInUse(UserError):
    """Another attune works with the folder."""


@dataclass(frozen=True, kw_only=True)
class RunningProcess:
    """One process as run/processes.json lists it."""

    name: str
    kind: str  # web, worker, mail, database
    service: str | None
    pid: int
    url: str | None = None
    internal_url: str | None = None


def erasures_file(root: Path, service: str) -> Path:
    """Where one service writes down whose keys it destroyed. Keep it apart from copies of the database."""
    return root / "erasures" / f"{service}.jsonl"


class DataFolder:
    """An opened data folder. It stays locked for as long as this process, or one forked from it, lives."""

    def __init__(self, root: Path) -> None:
        """Make or open `root`. Raises UserError: in use, of a newer version, can't be written."""
        self.root = root.absolute()
        self.keys = self.root / "keys"
        self.postgres = self.root / "postgres"
        self.mail = self.root / "mail"
        self.audit = self.root / "audit"
        self.log = self.root / "log" / "attune.log"
        self.processes = self.root / "run" / "processes.json"
        self._stamp = self.root / "format"
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise UserError(f"the data folder {self.root} can't be used: {error.strerror}") from error
        self._take()
        self._check_format()
        for file in (self.log, self.processes):
            file.parent.mkdir(exist_ok=True, mode=0o700)

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever kept here, so that keys may be made."""
        return not self._stamp.exists() and not self.postgres.exists()

    def stamp(self) -> None:
        """Mark the folder as one that holds data of this version. Called once its keys exist."""
        if not self._stamp.exists():
            write_whole(self._stamp, f"{FORMAT}\n")

    def list_processes(self, processes: Sequence[RunningProcess]) -> None:
        """Rewrite run/processes.json, whole."""
        text = json.dumps([asdict(process) for process in processes], indent=1) + "\n"
        write_whole(self.processes, text, durable=False)

    def close(self) -> None:
        """Give the folder up."""
        self.processes.unlink(missing_ok=True)
        os.close(self._lock)

    def _take(self) -> None:
        # Forked processes hold the lock with us, so having it means that none of an earlier start is left
        # (nor its ports). After a SIGKILL they need a moment to die, hence some patience.
        deadline = time.monotonic() + 3
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(self._lock, 20, 0).decode(errors="replace").strip()
                if time.monotonic() < deadline and not _is_alive(holder):
                    time.sleep(0.02)
                    continue
                os.close(self._lock)
                raise FolderInUse(
                    f"the data folder {self.root} is in use by another attune (pid {holder or 'unknown'})"
                ) from None
            os.ftruncate(self._lock, 0)
            os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)
            return

    def _check_format(self) -> None:
        try:
            found = int(self._stamp.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        except (ValueError, OSError) as error:
            raise UserError(
                f"{self._stamp} can't be read: it should hold the folder's format number"
            ) from error
        if found > FORMAT:
            raise UserError(
                f"the data folder {self.root} is of a newer version (format {found},"
                f" this program knows {FORMAT}): use that version, or another --data"
            )


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (ValueError, OSError):
        return False
    return True
