"""Starts the cast, starts again whoever dies, and ends all of them by their own pids, whatever happens."""

import contextlib
import multiprocessing
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from types import TracebackType

import psutil

from tests.soak.cast import CAST, play, up, wish_for, wish_of
from tests.soak.ground import Ground

_STOP_S = 15.0
_MOST_CRASHES = 20
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.soak.cast", "shared.eventlog.kafka", "shared.eventlog.postgres"])


class KeepsCrashing(Exception):
    """The cast can't play: it ends by itself again and again."""


@dataclass
class Tally:
    """What really happened to the processes."""

    met: Counter[str] = field(default_factory=Counter)  # SIGKILLs by fail point
    killed: int = 0  # SIGKILLs at a random moment
    stopped: int = 0  # SIGSTOPs with work in hand
    crashed: list[str] = field(default_factory=list)  # ended by themselves, which nobody asked for


class Company:
    """The processes of one soak. Everything happens on the caller's thread."""

    def __init__(self, ground: Ground, quota: int) -> None:
        self.tally = Tally()
        self._ground = ground
        self._quota = quota
        self._running: dict[str, BaseProcess] = {}
        self.armed: dict[str, str] = {}
        self._away: set[str] = set()  # not to be started again
        self._asked: set[int] = set()  # pids that were asked to stop
        self._marked: set[int] = set()  # pids that we killed

    def __enter__(self) -> "Company":
        for name in CAST:
            self._start(name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running.values():
            process.kill()
        for process in self._running.values():
            process.join()

    def watch(self) -> None:
        """Start again whoever ended, and write down how it did."""
        for name, process in list(self._running.items()):
            if process.is_alive():
                continue
            process.join()
            self._account_for(name, process)
            del self._running[name]
            if name not in self._away:
                self._start(name)

    def is_up(self, name: str) -> bool:
        process = self._running.get(name)
        return process is not None and up(self._ground.folder, name, process.pid or 0).exists()

    def arm(self, name: str, point: str, wish: str) -> None:
        """Have a running process meet its end, or stand still, at a point."""
        wish_for(self._ground.folder, name).write_text(wish)
        self.armed[name] = point
        self._signal(name, signal.SIGUSR1)

    def disarm(self, name: str) -> None:
        if name in self.armed:
            self.arm(name, "", "")
            del self.armed[name]

    def kill(self, name: str) -> None:
        """As the kernel would when memory is short: at any moment."""
        self._marked.add(self._running[name].pid or 0)
        self._signal(name, signal.SIGKILL)
        self.tally.killed += 1

    def is_standing_still(self, name: str) -> bool:
        """Whether it was stopped, at its point."""
        process = self._running.get(name)
        if process is None:
            return False
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(process.pid).status() == psutil.STATUS_STOPPED
        return False

    def wake(self, name: str) -> None:
        self.armed.pop(name, None)
        self._signal(name, signal.SIGCONT)

    def send_away(self, name: str) -> None:
        """An orderly stop; nobody starts it again until `call_back`.

        Not disarmed before: of two signals in a row the second may reach another thread than the main one, which
        would then not wake up to handle it.
        """
        self._away.add(name)
        if process := self._running.get(name):
            self._asked.add(process.pid or 0)
        self._signal(name, signal.SIGTERM)

    def call_back(self, name: str) -> None:
        self._away.discard(name)
        if name not in self._running:
            self._start(name)

    def ask_where(self) -> None:
        """Have everybody write into their logs where their threads are."""
        for name in self._running:
            self._signal(name, signal.SIGUSR2)
        time.sleep(1.0)

    def finish(self, *roles: str) -> None:
        """Orderly stops; who is not done in time is killed and counts as crashed."""
        leaving = [name for name, part in CAST.items() if part.role in roles]
        for name in leaving:
            self.send_away(name)
        deadline = time.monotonic() + _STOP_S
        for name in leaving:
            if process := self._running.pop(name, None):
                process.join(max(0.1, deadline - time.monotonic()))
                if process.is_alive():
                    self.tally.crashed.append(f"{name} did not stop")
                    process.kill()
                    process.join()
                else:
                    self._account_for(name, process)

    def _start(self, name: str) -> None:
        self.armed.pop(name, None)
        process = _CONTEXT.Process(
            target=play, args=(name, self._ground, self._quota), name=name, daemon=True
        )
        process.start()
        self._running[name] = process

    def _account_for(self, name: str, process: BaseProcess) -> None:
        if process.pid in self._marked:
            return
        wish = wish_of(self._ground.folder, name, process.pid or 0)
        point = wish.read_text().partition(":")[0] if wish.exists() else ""
        was_asked = process.pid in self._asked and process.exitcode in (0, -signal.SIGTERM)
        if process.exitcode == -signal.SIGKILL and point:
            self.tally.met[point] += 1
        elif not was_asked:
            self.tally.crashed.append(f"{name} ended with {process.exitcode}")
            if len(self.tally.crashed) > _MOST_CRASHES:
                raise KeepsCrashing(f"{self.tally.crashed}; see {self._ground.folder}")

    def _signal(self, name: str, number: signal.Signals) -> None:
        process = self._running.get(name)
        if process is not None and process.pid and process.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, number)
