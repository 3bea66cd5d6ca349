"""The one log of a platform on one machine: DATA/log/attune.log, of limited size."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

LOG_MAX = 10_000_000  # bytes; as much again is kept as attune.log.1


class LogFile:
    """A file that many processes append to, or standard error when `is_shown`."""

    def __init__(self, path: Path, *, is_shown: bool) -> None:
        self._path = path
        self.name = "standard error" if is_shown else str(path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._descriptor = os.dup(2) if is_shown else os.open(path, flags, 0o600)
        self._is_file = not is_shown
        self.stream = os.fdopen(os.dup(self._descriptor), "w", buffering=1, encoding="utf-8")

    def taking_output(self, run: Callable[[], None]) -> Callable[[], None]:
        """`run`, with its standard output and error going to the log and nothing to read."""

        def redirected() -> None:
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
            os.dup2(self._descriptor, 1)
            os.dup2(self._descriptor, 2)
            os.close(nothing)
            sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
            run()

        return redirected

    def limit(self) -> None:
        """Put a log that grew too long aside. Writers need not know: they append, also to an emptied file.

        Lines written between the copy and the cut are lost; for a log on one machine that is acceptable.
        """
        if self._is_file and self._path.stat().st_size > LOG_MAX:
            shutil.copyfile(self._path, self._path.with_suffix(".log.1"))
            self._path.with_suffix(".log.1").chmod(0o600)
            os.truncate(self._path, 0)
