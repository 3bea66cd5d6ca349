"""What spans may cost: a share of the traces, a bounded number of a batch, and no wait for anybody."""

import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.eventlog.interface import LogRecord, LogUnavailable, Outgoing
from shared.events.envelope import Envelope
from shared.path import tracing
from shared.path.arrivals import Arrival
from shared.settings import Traces
from shared.telemetry import exporting, trace
from shared.telemetry.spans import Recording, Share
from tests.traces.receiver import Kept, Receiver, receiving
from tests.world.world import World

SAMPLED = trace.TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
LEFT_OUT = trace.TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "00")


def taken(share: float, parent: trace.TraceContext | None, *, anybody: bool = False, times: int = 1) -> int:
    """How many of so many requests are recorded."""
    kept = InMemorySpanExporter()
    recording = Recording(kept, Share(share, asked_by_anybody=anybody), service="x", process="web")
    for _ in range(times):
        recording(parent, "GET /", "server", {}, is_local=False).end()
    recording.flush()
    recording.stop()
    return len(kept.get_finished_spans())


def test_a_share_of_what_begins_here_is_recorded() -> None:
    assert 40 <= taken(0.1, None, times=1000) <= 200


def test_who_began_the_trace_decides_within_the_platform() -> None:
    assert taken(1e-9, SAMPLED) == 1
    assert taken(1.0, LEFT_OUT) == 0


def test_nobody_outside_can_have_a_trace_recorded() -> None:
    assert taken(1e-9, SAMPLED, anybody=True) == 0
    assert taken(1.0, LEFT_OUT, anybody=True) == 1


class Taking:
    """A producer whose log takes everything."""

    def send(self, records: Sequence[Outgoing]) -> "Taking":
        self.records = records
        return self

    def outcome(self) -> list[Exception | None]:
        return [None] * len(self.records)

    def append(self, records: Sequence[Outgoing]) -> list[Exception | None]:
        raise NotImplementedError  # a relay sends and asks what came of it; it never appends

    def close(self) -> None: ...


def of_500(parent: trace.TraceContext) -> tuple[list[Outgoing], list[Arrival]]:
    """A batch as the relay sends it, and as a consumer finds it."""
    kind, now = "attune.intake.x.v1", datetime.now(UTC)
    headers = (("traceparent", parent.header().encode()), ("ce_type", kind.encode()))
    envelopes = [Envelope(uuid4(), kind, uuid4(), now, parent.header()) for _ in range(500)]
    return (
        [Outgoing("attune.intake", 3, b"k", b"v", headers) for _ in envelopes],
        [Arrival(LogRecord("attune.intake", 3, at, b"k", b"v"), one) for at, one in enumerate(envelopes)],
    )


def spans_of_500(receiver: Receiver, parent: trace.TraceContext) -> list[Kept]:
    sent, arrived = of_500(parent)
    tracing.send(Taking(), sent, "intake").outcome()
    with tracing.projecting(arrived, "notify", "project_x"):
        pass
    exporting.stop()
    return receiver.spans


def test_a_batch_of_500_events_costs_no_span_where_its_trace_is_left_out(receiver: Receiver) -> None:
    assert spans_of_500(receiver, LEFT_OUT) == []


def test_of_a_batch_of_500_sampled_events_a_hundred_are_told(receiver: Receiver) -> None:
    spans = spans_of_500(receiver, SAMPLED)
    assert Counter(one.kind for one in spans) == {"producer": tracing.MOST, "consumer": tracing.MOST}
    assert {(one.trace_id, one.parent_id) for one in spans} == {(SAMPLED.trace_id, SAMPLED.span_id)}
    assert not any(one.has_failed for one in spans)


class Broken:
    """A producer whose log is away: at once, or at the acknowledgement."""

    def __init__(self, *, at_once: bool) -> None:
        self._at_once = at_once

    def send(self, records: Sequence[Outgoing]) -> "Broken":
        if self._at_once:
            raise LogUnavailable("a word")
        return self

    def outcome(self) -> list[Exception | None]:
        raise LogUnavailable("a word")

    def append(self, records: Sequence[Outgoing]) -> list[Exception | None]:
        raise NotImplementedError  # a relay sends and asks what came of it; it never appends

    def close(self) -> None: ...


@pytest.mark.parametrize("at_once", [True, False])
def test_what_the_log_does_not_take_is_a_span_that_failed(receiver: Receiver, at_once: bool) -> None:
    headers = (("traceparent", SAMPLED.header().encode()), ("ce_type", b"attune.intake.x.v1"))
    with pytest.raises(LogUnavailable):
        tracing.send(Broken(at_once=at_once), [Outgoing("t", 3, b"k", b"v", headers)], "intake").outcome()
    exporting.stop()
    [one] = receiver.spans
    assert (one.has_failed, one.about["error.type"]) == (True, "LogUnavailable")


def test_a_receiver_that_is_down_or_hangs_loses_spans_and_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice = world.practice()
    caller = world.caller("intake", practice, uuid4(), "front_desk")
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection and never answers
        exporting.start(
            Traces(f"http://127.0.0.1:{silent.getsockname()[1]}/v1/traces", 1.0),
            service="intake",
            process="web",
        )
        began = time.monotonic()
        statuses = [caller.get("/enquiries").status_code for _ in range(5)]
        assert statuses == [200] * 5
        assert time.monotonic() - began < 3
        for _ in range(5000):  # more than the queue holds
            trace.begin(None, "x", "server").end()
        began = time.monotonic()
        exporting.stop()
        assert time.monotonic() - began < 3
    assert not trace.is_recorded()


def test_each_forked_process_sends_its_own_spans() -> None:
    with receiving() as receiver:
        children = []
        for name in ("first", "second"):
            if (pid := os.fork()) == 0:
                exporting.start(Traces(receiver.url, 1.0), service=name, process="web")
                with trace.span(None, name, "server"):
                    alive = [one.name for one in threading.enumerate()]
                exporting.stop()
                os._exit(0 if any("Otel" in one for one in alive) else 1)
            children.append(pid)
        assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0]
        receiver.until(lambda spans: {one.name for one in spans} == {"first", "second"})
        assert {one["service.name"] for one in receiver.resources} == {"first-web", "second-web"}
    assert not trace.is_recorded()
