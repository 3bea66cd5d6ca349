"""Set-up work in a process of its own, so that no connection or client is open when services are forked."""

import contextlib
import os
import select
import signal
from collections.abc import Callable, Iterable

from deploy.local.errors import UserError
from deploy.local.linux import die_with_parent


def run_apart(doing: str, work: Callable[[], None], *, patience_s: float | None = None) -> None:
    """Run `work` in a fork and wait for it. Raises UserError with its line, or when it takes too long.

    `doing` begins the line of a failure that `work` did not word itself.
    """
    parent = os.getpid()
    reading, writing = os.pipe()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        # What a signal raises while a fork runs its hooks is only printed: without the block, a Ctrl-C is lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        pid = os.fork()
    except BaseException:
        os.close(reading)
        os.close(writing)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise
    if pid == 0:
        os.close(reading)
        _work(doing, work, writing, parent, before)
    os.close(writing)
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        answer = _read(reading, patience_s)
    finally:
        os.close(reading)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)  # it has answered, or we no longer want its answer
        os.waitpid(pid, 0)
    if answer is None:
        raise UserError(f"{doing}: no answer within {patience_s:g} s")
    if answer != "done":
        raise UserError(answer or f"{doing}: ended without a word")


def _work(doing: str, work: Callable[[], None], writing: int, parent: int, signals: Iterable[int]) -> None:
    answer = ""
    try:
        os.setsid()  # a Ctrl-C is the parent's to handle
        signal.pthread_sigmask(signal.SIG_SETMASK, signals)
        die_with_parent(parent)
        work()
        answer = "done"
    except UserError as error:
        answer = str(error)
    except BaseException as error:
        # Without values: an exception of the database may quote a row.
        answer = f"{doing}: {type(error).__name__}: {_first_line(error)}"
    finally:
        with contextlib.suppress(OSError):
            os.write(writing, answer.encode()[:4000])
        os._exit(0)


def _read(reading: int, patience_s: float | None) -> str | None:
    """What the other process says, or None when it says nothing in time."""
    ready, _, _ = select.select([reading], [], [], patience_s)
    return os.read(reading, 4096).decode(errors="replace") if ready else None


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0]
