"""The platform at an address that a browser can open: the gateway over HTTP, the services of the world behind it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from werkzeug.serving import WSGIRequestHandler, make_server

from tests.world.world import World


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing: the tests say what went wrong."""


@dataclass(frozen=True)
class Site:
    """`url` is http://localhost:…, on which browsers take Secure cookies and passkeys."""

    world: World
    url: str

    def settle(self) -> None:
        """Let every event have its effects, and everybody know that they know it."""
        self.world.pump(ticks=True)


@contextmanager
def serve(world: World) -> Iterator[Site]:
    server = make_server("localhost", 0, world.sides["gateway"].app, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Site(world, f"http://localhost:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
