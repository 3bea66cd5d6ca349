"""The event path's spans, where they are recorded: one per sampled event that is sent, and one per handler of it.

Each is a child of the command that recorded the event, so that one trace shows all it led to; a span per batch could
only link. What that costs is bounded: an event is told of if its trace is sampled (one in ten), and of one batch no
more than MOST. What lies on the log is the same byte for byte, recorded or not.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from shared.eventlog.interface import LogProducer, Outgoing, Sending
from shared.path.arrivals import Arrival
from shared.telemetry import trace

MOST = 100
"""Spans of one batch. A rebuild may send thousands of events of sampled traces at once."""


def send(producer: LogProducer, records: Sequence[Outgoing], service: str) -> Sending:
    """Send them, and tell of each until its acknowledgement."""
    if not trace.is_recorded():
        return producer.send(records)
    spans = dict(_publishing(records, service))
    try:
        return _Followed(producer.send(records), spans)
    except Exception as error:
        _end(spans.values(), error)
        raise


@contextmanager
def projecting(arrivals: Sequence[Arrival], service: str, handler: str) -> Iterator[None]:
    """A group that one statement projects: a span for each of its sampled events."""
    if not trace.is_recorded():
        yield
        return
    with ExitStack() as spans:
        told = 0
        for one in arrivals:
            parent = trace.parse(one.envelope.traceparent if one.envelope else None)
            if parent is not None and parent.is_sampled and told < MOST:
                told += 1
                spans.enter_context(reacting(one, service, handler))
        yield


@contextmanager
def reacting(one: Arrival, service: str, handler: str) -> Iterator[None]:
    """A handler's work on one event: what it records belongs to the same trace."""
    kind = one.envelope.type if one.envelope else ""
    about = {
        **_place(one.record.topic, one.record.partition),
        "attune.event.type": kind,
        "attune.service": service,
        "attune.handler": handler,
    }
    parent = trace.parse(one.envelope.traceparent if one.envelope else None)
    with trace.span(parent, f"process {kind}", "consumer", about):
        yield


class _Followed:
    """A sending whose spans end with its acknowledgements."""

    def __init__(self, sending: Sending, spans: dict[int, trace.Span]) -> None:
        self._sending, self._spans = sending, spans

    def outcome(self) -> list[Exception | None]:
        try:
            errors = self._sending.outcome()
        except Exception as error:
            _end(self._spans.values(), error)
            raise
        for at, span in self._spans.items():
            _end([span], errors[at])
        return errors


def _publishing(records: Sequence[Outgoing], service: str) -> Iterator[tuple[int, trace.Span]]:
    told = 0
    for at, record in enumerate(records):
        headers = dict(record.headers)
        parent = trace.parse(headers.get("traceparent", b"").decode("ascii", "replace"))
        if parent is None or not parent.is_sampled or told == MOST:
            continue
        told += 1
        kind = headers.get("ce_type", b"").decode("ascii", "replace")
        about = {
            **_place(record.topic, record.partition),
            "attune.event.type": kind,
            "attune.service": service,
        }
        yield at, trace.begin(parent, f"publish {kind}", "producer", about)


def _place(topic: str, partition: int) -> dict[str, str | int]:
    return {"messaging.destination.name": topic, "messaging.destination.partition.id": str(partition)}


def _end(spans: Iterable[trace.Span], error: Exception | None) -> None:
    for span in spans:
        if error is not None:
            span.fail(type(error).__name__)
        span.end()
