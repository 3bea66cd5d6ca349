"""What Python and its libraries would print by themselves: never a traceback with a message, a local or an argument.

An exception that nobody catches, a warning, a failing log handler: each would put a parameter or a row onto standard
error, past the allow-list of the log.
"""

import logging
import sys
import threading
import warnings
from types import TracebackType

import structlog


def install() -> None:
    """Send all of it through the structured log, as a type and a place in the code."""
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable
    logging.raiseExceptions = False  # or a handler that fails prints the record with its arguments
    warnings.showwarning = _warned


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger().error("uncaught exception", exc_info=(kind, error, trace))


def _uncaught_in_thread(said: threading.ExceptHookArgs) -> None:
    if said.exc_value is not None and not isinstance(said.exc_value, SystemExit):
        name = said.thread.name if said.thread else ""
        structlog.get_logger().error("uncaught exception in a thread", name=name, exc_info=said.exc_value)


def _unraisable(said: "sys.UnraisableHookArgs") -> None:
    structlog.get_logger().warning("exception that could not be raised", exc_info=said.exc_value)


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    """Where a warning comes from; its text may quote data."""
    del message
    structlog.get_logger().warning(
        "library warning", error_type=category.__name__, where=f"{filename.rsplit('/', 1)[-1]}:{lineno}"
    )
