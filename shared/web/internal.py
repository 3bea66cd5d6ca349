"""The internal port of a process: /livez, /readyz and /metrics, on a thread of its own, never public."""

import io
import json
import socket
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import structlog
from prometheus_client import make_wsgi_app

log = structlog.get_logger()

IsReady = Callable[[], list[str]]
"""Names what is not ready yet; an empty list means ready."""

READINESS = "attune_readiness"
"""Key in a Flask app's `extensions`: its IsReady. Absent: always ready."""


def start_internal_server(listening_socket: socket.socket, *, is_ready: IsReady) -> None:
    """Answer on an already listening socket until the process ends."""
    server = _Server(listening_socket.getsockname()[:2], _Silent, bind_and_activate=False)
    server.socket.close()
    server.socket = listening_socket
    server.server_name, server.server_port = listening_socket.getsockname()[:2]
    server.setup_environ()
    server.set_app(_app(is_ready))
    threading.Thread(target=server.serve_forever, name="internal", daemon=True).start()


def _app(is_ready: IsReady) -> Callable[..., Iterable[bytes]]:
    exposition = make_wsgi_app()

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO")
        if path == "/metrics":
            return exposition(environ, start_response)  # type: ignore[no-any-return]
        if path == "/livez":
            return _json(start_response, "200 OK", {"status": "ok"})
        if path == "/readyz":
            waiting = is_ready()
            status = "503 Service Unavailable" if waiting else "200 OK"
            return _json(start_response, status, {"status": "waiting" if waiting else "ok", "for": waiting})
        return _json(start_response, "404 Not Found", {"status": "not found"})

    return app


def _json(start_response: Callable[..., Any], status: str, body: dict[str, object]) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """A line of the log in place of a traceback on standard error."""
        log.warning("an internal request failed", exc_info=True)


class _Silent(WSGIRequestHandler):
    def get_stderr(self) -> Any:
        """wsgiref would write tracebacks with their messages here."""
        return _Nowhere()

    def log_message(self, *_: Any) -> None:
        """No access log: scrapes are noise."""


class _Nowhere(io.StringIO):
    """Takes what is written and keeps none of it."""

    def write(self, text: str) -> int:
        return len(text)
