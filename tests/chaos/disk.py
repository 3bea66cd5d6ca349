"""A small disk that can be filled: a tmpfs, mounted for a test and unmounted whatever happens. Needs root.

The mount is seen by this thread and what it starts from then on, and by nobody else: should this process be killed,
the mount goes with the last of them.
"""

import contextlib
import ctypes
import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PIECE = b"\0" * 65536
_CLONE_NEWNS = 0x00020000
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class SmallDisk:
    folder: Path

    def fill(self) -> None:
        """Leave no byte free, until `free`."""
        with (self.folder / "ballast").open("ab", buffering=0) as ballast, contextlib.suppress(_Full):
            while True:
                try:
                    ballast.write(_PIECE)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    raise _Full from error

    def free(self) -> None:
        (self.folder / "ballast").unlink(missing_ok=True)


class _Full(Exception):
    pass


@contextmanager
def small_disk(at: Path, megabytes: int) -> Iterator[SmallDisk]:
    """A disk of this size at the folder `at`. Raises PermissionError where mounting is not allowed."""
    if os.geteuid() != 0:
        raise PermissionError("a full disk is made by mounting a tmpfs: run make chaos as root")
    at.mkdir(parents=True, exist_ok=True)
    if _libc.unshare(_CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWNS)")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "attune-chaos", str(at)]
    subprocess.run(command, check=True)
    try:
        yield SmallDisk(at)
    finally:
        # Lazily: a process that is still ending may hold a file open, and the mount must not outlive us.
        subprocess.run(["umount", "--lazy", str(at)], check=True)
