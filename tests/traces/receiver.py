"""An OTLP/HTTP receiver on loopback: keeps the spans it is sent, and every byte they came in."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class Kept:
    """One span, as it came."""

    name: str
    kind: str  # server, client, producer, consumer, internal
    trace_id: str
    span_id: str
    parent_id: str
    has_failed: bool
    events: int
    about: dict[str, str]


@dataclass
class Receiver:
    url: str
    bodies: list[bytes] = field(default_factory=list)

    @property
    def spans(self) -> list[Kept]:
        asked = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [
            _kept(span)
            for one in asked
            for resource in one.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def resources(self) -> list[dict[str, str]]:
        asked = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [_pairs(resource.resource.attributes) for one in asked for resource in one.resource_spans]

    def until(self, is_so: Callable[[list[Kept]], bool], seconds: float = 5.0) -> list[Kept]:
        deadline = time.monotonic() + seconds
        while not is_so(self.spans):
            assert time.monotonic() < deadline, [span.name for span in self.spans]
            time.sleep(0.02)
        return self.spans


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Receiver(f"http://127.0.0.1:{server.server_address[1]}/v1/traces")
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield made
        server.shutdown()


def _kept(span: Any) -> Kept:
    return Kept(
        span.name,
        Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.status.code == 2,
        len(span.events),
        {**_pairs(span.attributes), **({"message": span.status.message} if span.status.message else {})},
    )


def _pairs(attributes: Any) -> dict[str, str]:
    return {one.key: one.value.string_value or str(one.value.int_value) for one in attributes}
