"""Set-up work in a process of its own."""

import os
import signal
import subprocess
import sys

import pytest

from deploy.local.apart import run_apart

# A hook of the fork gets the signal: the moment that a Ctrl-C hits by chance, every time.
_INTERRUPTED_WHILE_IT_FORKS = """
import os, signal, time
from deploy.local.apart import run_apart
signal.signal(signal.{name}, signal.default_int_handler)
os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.{name}))
run_apart("work", lambda: time.sleep(60))
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interruption_in_the_middle_of_the_fork_is_not_lost(name: str) -> None:
    script = _INTERRUPTED_WHILE_IT_FORKS.format(name=name)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.stderr.strip().endswith("KeyboardInterrupt")
    assert "ignored" not in done.stderr


def test_a_fork_that_fails_leaves_signals_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    before, files = signal.pthread_sigmask(signal.SIG_BLOCK, ()), len(os.listdir("/proc/self/fd"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fork", refuse)
        with pytest.raises(BlockingIOError):
            run_apart("work", lambda: None)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
    assert len(os.listdir("/proc/self/fd")) == files
