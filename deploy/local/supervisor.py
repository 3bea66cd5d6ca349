"""Keeps processes running: starts them, starts them again when they die, stops them in order.

One thread, which sleeps in `sigtimedwait`: a child's death and a request to stop both arrive as signals.
"""

import contextlib
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from deploy.local.linux import die_with_parent

STOP_S = 10.0
KILL_S = 3.0
HEALTHY_S = 5.0  # who lived this long is started again at once
FIRST_DELAY_S = 0.1
LAST_DELAY_S = 5.0

_ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
_WATCHED = _ENDING | {signal.SIGCHLD}


@dataclass(frozen=True, kw_only=True)
class ProcessSpec:
    """One process to keep running. `begin` starts it and returns its pid (see `forked`)."""

    name: str
    begin: Callable[[], int]
    pid: int | None = None  # it runs already, as a child of ours
    stage: int = 0  # stages stop one after the other, the lowest first
    is_task: bool = False  # ends by itself; ending badly ends everything, with its exit code
    stop_signal: int = signal.SIGTERM
    kill_signal: int = signal.SIGKILL


@dataclass(kw_only=True)
class _Child:
    spec: ProcessSpec
    pid: int | None = None
    began: float = 0.0
    quick_deaths: int = 0
    due: float | None = None  # when to begin (again); None: not


def forked(run: Callable[[], None]) -> Callable[[], int]:
    """A `begin` that runs `run` in a fork of this process, in a session of its own, dying with its parent."""

    def begin() -> int:
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            _be_child(run, parent)
        return pid

    return begin


def _be_child(run: Callable[[], None], parent: int) -> None:
    code = 1
    try:
        os.setsid()  # a Ctrl-C in the terminal reaches the supervisor alone, which then stops us in order
        for sig in _WATCHED:
            signal.signal(sig, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        die_with_parent(parent)
        run()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException as error:
        structlog.get_logger().error("process failed", exc_info=error)
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


class Supervisor:
    """Runs `specs` until a signal ends it. `on_change` hears the pids of what runs, at each start.

    `housekeeping` is called about every `tick_s` seconds.
    """

    def __init__(
        self,
        specs: Sequence[ProcessSpec],
        *,
        on_change: Callable[[dict[str, int]], None] = lambda _: None,
        housekeeping: Callable[[], None] = lambda: None,
        tick_s: float = 30.0,
    ) -> None:
        self._children = [_Child(spec=spec, pid=spec.pid, due=None if spec.pid else 0.0) for spec in specs]
        self._on_change = on_change
        self._housekeeping = housekeeping
        self._tick_s = tick_s
        self._log = structlog.get_logger()

    def run(self) -> int:
        """Start everything and keep it so. Returns the exit code: 0 after SIGTERM, 130 after Ctrl-C,
        a failed task's own."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
        gc.freeze()  # what is loaded now never changes: the collector need not touch (and so copy) its pages
        try:
            return self._keep()
        finally:
            self._stop()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _keep(self) -> int:
        next_tick = time.monotonic() + self._tick_s
        while True:
            self._begin_due()
            wake = min([next_tick, *(child.due for child in self._children if child.due is not None)])
            got = signal.sigtimedwait(_WATCHED, max(0.0, wake - time.monotonic()))
            if got is not None and got.si_signo in _ENDING:
                self._log.info("stopping", signal=signal.Signals(got.si_signo).name)
                return 130 if got.si_signo == signal.SIGINT else 0
            for child, code in self._reap():
                if child.spec.is_task:
                    if code != 0:
                        return code if code > 0 else 1
                    continue
                self._plan_restart(child, code)
            if time.monotonic() >= next_tick:
                self._housekeeping()
                next_tick = time.monotonic() + self._tick_s

    def _begin_due(self) -> None:
        now = time.monotonic()
        changed = False
        for child in self._children:
            if child.due is None or child.due > now:
                continue
            child.due = None
            try:
                child.pid = child.spec.begin()
            except Exception as error:
                self._log.error("process can't start", name=child.spec.name, exc_info=error)
                child.began = now
                self._plan_restart(child, 1)
                continue
            child.began = time.monotonic()
            changed = True
            self._log.info("process started", name=child.spec.name, pid=child.pid)
        if changed:
            self._on_change({c.spec.name: c.pid for c in self._children if c.pid and not c.spec.is_task})

    def _plan_restart(self, child: _Child, code: int) -> None:
        """At once when it had been healthy or dies for the first time, else ever later."""
        now = time.monotonic()
        child.quick_deaths = 0 if now - child.began >= HEALTHY_S else child.quick_deaths + 1
        delay = 0.0
        if child.quick_deaths > 1:
            delay = min(FIRST_DELAY_S * 2 ** (child.quick_deaths - 2), LAST_DELAY_S)
        child.due = now + delay
        self._log.error("process ended", name=child.spec.name, exit_code=code, retry_in_s=delay)

    def _reap(self) -> list[tuple[_Child, int]]:
        """Children that ended since, with exit codes (negative: the signal that killed them)."""
        ended = []
        for child in self._children:
            if child.pid is None:
                continue
            try:
                pid, status = os.waitpid(child.pid, os.WNOHANG)
            except ChildProcessError:
                pid, status = child.pid, 0
            if pid:
                child.pid = None
                ended.append((child, os.waitstatus_to_exitcode(status)))
        return ended

    def _stop(self) -> None:
        """Stop stage by stage: ask, wait, then use force. Another signal meanwhile shortens the patience."""
        is_hasty = False
        for stage in sorted({child.spec.stage for child in self._children}):
            members = [child for child in self._children if child.spec.stage == stage]
            for force, patience in ((False, 0.0 if is_hasty else STOP_S), (True, KILL_S)):
                self._send(members, force=force)
                deadline = time.monotonic() + patience
                self._reap()
                while any(child.pid for child in members) and (left := deadline - time.monotonic()) > 0:
                    got = signal.sigtimedwait(_WATCHED, left)
                    self._reap()
                    if got is not None and got.si_signo in _ENDING:
                        is_hasty = True
                        break
        self._log.info("stopped", count=len(self._children))

    def _send(self, members: Sequence[_Child], *, force: bool) -> None:
        for child in members:
            if child.pid is not None:
                if force:
                    self._log.warning("process is slow to stop", name=child.spec.name, pid=child.pid)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, child.spec.kill_signal if force else child.spec.stop_signal)
