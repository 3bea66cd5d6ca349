"""W3C trace context (www.w3.org/TR/trace-context): carried from a request through its events to their effects.

The ids always travel. Spans are kept only where a recorder is (`exporting`): else each is its context and no more.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol

_FORM = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")

Kind = Literal["internal", "server", "client", "producer", "consumer"]
About = Mapping[str, str | int]
"""What is said of a span: names from the recorder's allow-list, values that are names of code."""
_NOTHING: About = MappingProxyType({})


@dataclass(frozen=True)
class TraceContext:
    trace_id: str
    span_id: str
    flags: str = "01"

    def header(self) -> str:
        """The `traceparent` header's value."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"

    @property
    def is_sampled(self) -> bool:
        """Whether who began the trace wants it recorded."""
        return bool(int(self.flags, 16) & 1)


class Span:
    """A step of a trace that nobody records."""

    def __init__(self, context: TraceContext) -> None:
        self.context = context

    def tell(self, about: About) -> None:
        """Say more of it."""

    def fail(self, kind: str) -> None:
        """It went wrong: the name of the exception's type, never its message. The first one counts."""

    def end(self) -> None: ...


class Recorder(Protocol):
    def __call__(
        self, parent: TraceContext | None, name: str, kind: Kind, about: About, /, *, is_local: bool
    ) -> Span:
        """Begin a span. `is_local`: its parent is of this process. Must not raise or wait."""
        ...


_current: ContextVar[Span | None] = ContextVar("trace", default=None)
_recorder: Recorder | None = None


def record_with(recorder: Recorder | None) -> None:
    """Have this process's spans recorded from now on; None: no more."""
    global _recorder
    _recorder = recorder


def is_recorded() -> bool:
    return _recorder is not None


def current() -> TraceContext | None:
    here = _current.get()
    return here.context if here else None


def parse(header: str | None) -> TraceContext | None:
    """The context of a `traceparent` header; None when there is none or it is not valid."""
    match = _FORM.fullmatch(header or "")
    if match is None or set(match[1]) == {"0"} or set(match[2]) == {"0"}:
        return None
    return TraceContext(match[1], match[2], match[3])


def begin(parent: TraceContext | None, name: str, kind: Kind, about: About = _NOTHING) -> Span:
    """A span that its caller ends, and that is not the current one."""
    if _recorder is not None:
        return _recorder(parent, name, kind, about, is_local=parent is not None and parent is current())
    trace_id = parent.trace_id if parent else secrets.token_hex(16)
    return Span(TraceContext(trace_id, secrets.token_hex(8), parent.flags if parent else "01"))


@contextmanager
def span(
    parent: TraceContext | None, name: str = "", kind: Kind = "internal", about: About = _NOTHING
) -> Iterator[Span]:
    """A new span under `parent`, or the start of a new trace."""
    mine = begin(parent, name, kind, about)
    token = _current.set(mine)
    try:
        yield mine
    except Exception as error:
        mine.fail(type(error).__name__)
        raise
    finally:
        _current.reset(token)
        mine.end()


@contextmanager
def step(name: str, kind: Kind, about: About) -> Iterator[Span | None]:
    """A span under the current one where spans are recorded; elsewhere nothing at all."""
    if _recorder is None:
        yield None
        return
    with span(current(), name, kind, about) as mine:
        yield mine


def fail(kind: str) -> None:
    """The current span went wrong. See Span.fail."""
    if here := _current.get():
        here.fail(kind)
