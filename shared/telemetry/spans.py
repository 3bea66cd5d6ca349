"""Spans as OpenTelemetry has them, sent by OTLP/HTTP. Only imported where traces are switched on: see `exporting`."""

import logging
import random
import threading
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import requests
import structlog
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.util.types import Attributes

from shared.telemetry.trace import About, Kind, Span, TraceContext

ALLOWED = frozenset(
    {
        "http.request.method", "http.route", "http.response.status_code", "error.type",
        "messaging.destination.name", "messaging.destination.partition.id",
        "attune.event.type", "attune.handler", "attune.service", "attune.peer",
    }
)  # fmt: skip
"""What may be said of a span, and nothing else is.

No practice: who receives spans need not know whose they are. The log names it, under the same trace id."""

QUEUE, BATCH, EVERY_S = 2048, 512, 2.0
"""Spans that wait at most (the rest is lost), spans of one request, and how often one is sent."""
_TIMEOUT_S = 5.0
_STOP_S = 2.0
_SAY_EVERY_S = 60.0
log = structlog.get_logger()


class Share(Sampler):
    """Of the traces that begin here a share; of those that began elsewhere in the platform, as was decided there.

    From outside anybody may name a trace (its id goes on, so that both sides find it) but not have it recorded:
    at the gateway the share decides anew, by a number nobody can choose.
    """

    def __init__(self, share: float, *, asked_by_anybody: bool) -> None:
        self._share, self._asked_by_anybody = share, asked_by_anybody

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,  # noqa: ARG002
        name: str,  # noqa: ARG002
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        *_: Any,
        **__: Any,
    ) -> SamplingResult:
        parent = get_current_span(parent_context).get_span_context()
        if parent.is_valid and not (self._asked_by_anybody and kind is SpanKind.SERVER):
            is_taken = parent.trace_flags.sampled
        else:
            is_taken = random.random() < self._share  # noqa: S311
        return SamplingResult(Decision.RECORD_AND_SAMPLE if is_taken else Decision.DROP, attributes)

    def get_description(self) -> str:
        return f"Share({self._share})"


class _Recorded(Span):
    def __init__(self, span: OtelSpan) -> None:
        at = span.get_span_context()
        super().__init__(TraceContext(f"{at.trace_id:032x}", f"{at.span_id:016x}", f"{at.trace_flags:02x}"))
        self._span, self._has_failed = span, False

    def tell(self, about: About) -> None:
        self._span.set_attributes(_allowed(about))

    def fail(self, kind: str) -> None:
        if not self._has_failed:
            self._has_failed = True
            self._span.set_status(Status(StatusCode.ERROR))
            self._span.set_attribute("error.type", kind)

    def end(self) -> None:
        self._span.end()


class Recording:
    """The recorder of this process: a queue, and a thread that sends it. Make it after the fork."""

    def __init__(self, exporter: SpanExporter, sampler: Sampler, *, service: str, process: str) -> None:
        named = {
            "service.namespace": "attune",
            "service.name": f"{service}-{process}",
            "service.version": version("attune"),
        }
        # Neither the environment nor the machine adds anything (host, command line, user).
        self._provider = TracerProvider(sampler=sampler, resource=Resource(named), shutdown_on_exit=False)
        self._sends = BatchSpanProcessor(
            _Quiet(exporter),
            max_queue_size=QUEUE,
            max_export_batch_size=BATCH,
            schedule_delay_millis=EVERY_S * 1000,
        )
        self._provider.add_span_processor(self._sends)
        self._tracer = self._provider.get_tracer("attune")

    def __call__(
        self, parent: TraceContext | None, name: str, kind: Kind, about: About, /, *, is_local: bool
    ) -> Span:
        return _Recorded(
            self._tracer.start_span(
                name,
                context=_under(parent, is_local=is_local),
                kind=SpanKind[kind.upper()],
                attributes=_allowed(about),
                record_exception=False,
                set_status_on_exception=False,
            )
        )

    def flush(self) -> None:
        self._sends.force_flush()

    def stop(self) -> None:
        """Send what waits, for two seconds at most."""
        sending = threading.Thread(target=self._sends.shutdown, daemon=True)
        sending.start()
        sending.join(_STOP_S)


def to(url: str, *, share: float, service: str, process: str) -> Recording:
    """A recording that is sent to this OTLP/HTTP endpoint."""
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)  # `_Quiet` tells, without its texts
    session = requests.Session()
    session.trust_env = False  # no proxy and no password file of the environment
    exporter = OTLPSpanExporter(endpoint=url, timeout=_TIMEOUT_S, session=session)
    sampler = Share(share, asked_by_anybody=service == "gateway")
    return Recording(exporter, sampler, service=service, process=process)


class _Quiet(SpanExporter):
    """A receiver that is down loses spans and nothing else: one line a minute says so."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner, self._said_at, self._lost = inner, -_SAY_EVERY_S, 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            result = self._inner.export(spans)
        except Exception:
            result = SpanExportResult.FAILURE
        if result is not SpanExportResult.SUCCESS:
            self._lost += len(spans)
            if time.monotonic() - self._said_at >= _SAY_EVERY_S:
                log.warning("spans were lost: their receiver does not take them", count=self._lost)
                self._said_at, self._lost = time.monotonic(), 0
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()


def _allowed(about: About) -> Mapping[str, str | int]:
    return {name: value for name, value in about.items() if name in ALLOWED}


def _under(parent: TraceContext | None, *, is_local: bool) -> Context:
    if parent is None:
        return Context()
    at = SpanContext(
        int(parent.trace_id, 16),
        int(parent.span_id, 16),
        is_remote=not is_local,
        trace_flags=TraceFlags(int(parent.flags, 16) & 1),
    )
    return set_span_in_context(NonRecordingSpan(at), Context())
