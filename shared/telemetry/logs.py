"""Structured logs from an allow-list: a key that is not named here is dropped."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from shared.telemetry import last_resort, trace

ALLOWED = frozenset(
    {
        # the frame of every line
        "timestamp", "level", "event", "logger", "service", "process", "trace_id",
        # plumbing: ids, names of code, counts and durations
        "practice_id", "event_id", "event_type", "topic", "partition", "offset", "count", "applied", "seconds",
        "method", "route", "status", "code", "attempt", "retry_in_s", "kind", "timer_id", "pid", "signal",
        "port", "group", "member", "reason", "error_type", "where", "version", "name", "exit_code",
        # who of operations asked, by the name they gave themselves
        "operator",
        # ids of things of care (never words about them)
        "couple_id", "session_id", "journey_id", "reminder_id", "delivery_id", "alert_id", "enquiry_id",
    }
)  # fmt: skip


def configure(*, service: str, process: str, level: str = "info", stream: TextIO | None = None) -> None:
    """Send this process's logs to `stream` (standard error) as JSON lines, the libraries' warnings too."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _frame(service, process),
            _describe_exception,
            _allow,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_ToStructlog()]
    root.setLevel(logging.WARNING)
    for logger in _loggers_of_libraries():
        logger.handlers, logger.propagate = [], True  # one way out, whatever a library set up for itself
    last_resort.install()


def _loggers_of_libraries() -> list[logging.Logger]:
    known = logging.getLogger().manager.loggerDict.values()
    return [one for one in known if isinstance(one, logging.Logger) and one.handlers]


class _ToStructlog(logging.Handler):
    """Libraries' records: where they come from and how bad, never their text, which may quote data."""

    def emit(self, record: logging.LogRecord) -> None:
        error_type = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        log = structlog.get_logger()
        write = log.error if record.levelno >= logging.ERROR else log.warning
        extra = {"error_type": error_type} if error_type else {}
        write("library message", logger=record.name, where=f"{record.module}:{record.lineno}", **extra)


def _frame(service: str, process: str) -> structlog.types.Processor:
    def add(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"], event["process"] = service, process
        if current := trace.current():
            event["trace_id"] = current.trace_id
        return event

    return add


def _describe_exception(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Type and code location of an exception; not its message, which may hold a parameter or a row."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if info and info[0] is not None:
        event["error_type"] = info[0].__name__
        frames = []
        tb = info[2]
        while tb is not None:
            code = tb.tb_frame.f_code
            frames.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{tb.tb_lineno}")
            tb = tb.tb_next
        event["where"] = " ".join(frames[-8:])
    return event


def _allow(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in event.items() if key in ALLOWED}
