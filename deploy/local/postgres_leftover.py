"""What a killed supervisor left of PostgreSQL: a running postmaster, orphaned backends, a stale pid file.

The pid in the file is only believed when that process really is a postgres of this very data folder:
pids are given out anew, and somebody else's process must never get our signal.
"""

import contextlib
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from deploy.local.errors import UserError

FAST_STOP_S = 10.0
IMMEDIATE_STOP_S = 5.0


def stop_leftover(cluster: Path) -> None:
    """Stop whatever still serves `cluster` and remove its pid file. Raises UserError when that fails."""
    pid_file = cluster / "postmaster.pid"
    if not pid_file.exists():
        return
    postmaster = _postmaster(cluster, pid_file)
    if postmaster is not None:
        _stop(postmaster)
    # Backends whose postmaster was killed notice within moments; until then they hold the shared memory.
    orphans = _orphans(cluster)
    if _wait(orphans, IMMEDIATE_STOP_S):
        for orphan in orphans:
            with contextlib.suppress(psutil.NoSuchProcess):
                orphan.send_signal(signal.SIGQUIT)
        if _wait(orphans, IMMEDIATE_STOP_S):
            raise UserError(f"PostgreSQL processes of an earlier start don't end: {[p.pid for p in orphans]}")
    pid_file.unlink(missing_ok=True)


def _postmaster(cluster: Path, pid_file: Path) -> psutil.Process | None:
    """The running postmaster that the pid file names, if it is one of this data folder."""
    try:
        process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        command = process.cmdline()
    except (ValueError, OSError, psutil.Error):
        return None
    is_ours = bool(command) and Path(command[0]).name == "postgres" and str(cluster) in command
    return process if is_ours else None


def _orphans(cluster: Path) -> list[psutil.Process]:
    """Processes of PostgreSQL that work in this data folder (each changes into it at start)."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.name() == "postgres" and Path(process.cwd()) == cluster:
                found.append(process)
    return found


def _stop(postmaster: psutil.Process) -> None:
    """Fast shutdown, then immediate, then by force: each after its deadline."""
    for sig, patience in (
        (signal.SIGINT, FAST_STOP_S),
        (signal.SIGQUIT, IMMEDIATE_STOP_S),
        (signal.SIGKILL, IMMEDIATE_STOP_S),
    ):
        with contextlib.suppress(psutil.NoSuchProcess):
            postmaster.send_signal(sig)
        if not _wait([postmaster], patience):
            return
    raise UserError(f"PostgreSQL of an earlier start (pid {postmaster.pid}) does not end")


def _wait(processes: Sequence[psutil.Process], patience: float) -> bool:
    """Wait until none of `processes` runs (a zombie does not); whether some still do after `patience` s."""
    deadline = time.monotonic() + patience
    while any(_runs(process) for process in processes):
        if time.monotonic() > deadline:
            return True
        time.sleep(0.02)
    return False


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
