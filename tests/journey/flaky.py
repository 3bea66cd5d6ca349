"""A server on loopback that fails as it is told before it answers: resets, hangs up, or says 503."""

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RESET, HANG_UP = "reset", "hang up"


@dataclass(frozen=True)
class Asked:
    """One request that arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Flaky:
    """`script`: what to do with each request in turn; the last entry is repeated.

    An entry is RESET, HANG_UP (both after the request was read) or (status, JSON).
    """

    script: list[str | tuple[int, Any]]
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def next(self, asked: Asked) -> str | tuple[int, Any]:
        self.asked.append(asked)
        return self.script[min(len(self.asked), len(self.script)) - 1]


@contextmanager
def flaky_server(*script: str | tuple[int, Any]) -> Iterator[Flaky]:
    flaky = Flaky(list(script))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            text = self.rfile.read(length)
            asked = Asked(self.command, self.path, dict(self.headers), json.loads(text) if text else None)
            step = flaky.next(asked)
            if isinstance(step, str):
                self.close_connection = True
                if step == RESET:
                    linger = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
                return
            status, document = step
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = handle_any  # noqa: N815  (the names http.server calls)

        def finish(self) -> None:
            if not self.connection._closed:  # type: ignore[attr-defined]
                super().finish()

        def log_message(self, format: str, *args: object) -> None:
            """Tests read `asked` instead."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    flaky.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield flaky
    finally:
        server.shutdown()
        server.server_close()
