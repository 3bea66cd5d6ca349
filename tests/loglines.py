"""The logs of a test run: quiet as the product's, and readable line by line where a test looks for words."""

import io
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TextIO, cast

from shared.telemetry import logs


class _StandardError(io.TextIOBase):
    """Standard error as it is when something is written: pytest changes it from test to test."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def be_quiet() -> None:
    """Errors only, as the product writes them: no locals, no words."""
    with _own_hooks():
        logs.configure(service="test", process="test", level="error", stream=cast(TextIO, _StandardError()))


@contextmanager
def every_line(*, with_hooks: bool = False) -> Iterator[io.StringIO]:
    """What the processes would write at the most talkative level; quiet again afterwards.

    `with_hooks`: also what nobody catches goes there. Else that is pytest's, which tells of it.
    """
    written = io.StringIO()
    with _own_hooks() if with_hooks else nullcontext():
        with nullcontext() if with_hooks else _own_hooks():
            logs.configure(service="test", process="test", level="debug", stream=written)
        try:
            yield written
        finally:
            be_quiet()


@contextmanager
def _own_hooks() -> Iterator[None]:
    """The hooks of pytest stand again afterwards."""
    before = sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning
    raises = logging.raiseExceptions
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning = before
        logging.raiseExceptions = raises
