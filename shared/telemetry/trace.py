"""W3C trace context (www.w3.org/TR/trace-context): carried from a request through its events to their effects."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_FORM = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


@dataclass(frozen=True)
class TraceContext:
    trace_id: str
    span_id: str
    flags: str = "01"

    def header(self) -> str:
        """The `traceparent` header's value."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


_current: ContextVar[TraceContext | None] = ContextVar("trace", default=None)


def current() -> TraceContext | None:
    return _current.get()


def parse(header: str | None) -> TraceContext | None:
    """The context of a `traceparent` header; None when there is none or it is not valid."""
    match = _FORM.fullmatch(header or "")
    if match is None or set(match[1]) == {"0"} or set(match[2]) == {"0"}:
        return None
    return TraceContext(match[1], match[2], match[3])


@contextmanager
def span(parent: TraceContext | None) -> Iterator[TraceContext]:
    """A new span under `parent`, or the start of a new trace."""
    trace_id = parent.trace_id if parent else secrets.token_hex(16)
    mine = TraceContext(trace_id, secrets.token_hex(8), parent.flags if parent else "01")
    token = _current.set(mine)
    try:
        yield mine
    finally:
        _current.reset(token)
