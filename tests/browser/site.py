"""The platform at an address that a browser can open: the gateway over HTTP, the services of the world behind it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from services.gateway import app as gateway
from services.gateway.upstream import PATIENCE_S
from services.notify import app as notify
from shared.clock import Clock
from shared.settings import Settings
from tests.world.world import Side, World


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing: the tests say what went wrong."""


@dataclass(frozen=True)
class Site:
    """`url` is http://localhost:…, on which browsers take Secure cookies and passkeys."""

    world: World
    url: str
    app: Flask

    def settle(self) -> None:
        """Let every event have its effects, and everybody know that they know it."""
        self.world.pump(ticks=True)


@contextmanager
def serve(world: World, *, at_its_address: bool = False) -> Iterator[Site]:
    """`at_its_address`: by a gateway that knows where it is, as passkeys and the links in mails need it."""
    server = make_server("localhost", 0, world.sides["gateway"].app, threaded=True, request_handler=_Quiet)
    url = f"http://localhost:{server.server_port}"
    app = _gateway_at(world, url) if at_its_address else world.sides["gateway"].app
    server.app = app
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Site(world, url, app)
    finally:
        server.shutdown()
        server.server_close()


def _gateway_at(world: World, url: str) -> Flask:
    """The world's gateway once more, and the notify that mails its links, over the same databases and services.

    It waits for what `settle` brings about.
    """
    others = {name: side.app for name, side in world.sides.items() if name != "gateway"}
    others["notify"] = _again(world.sides["notify"], notify.create_app, url)
    app = _again(world.sides["gateway"], partial(gateway.create_app, apps=others), url)
    app.extensions["gateway_upstream"].patience_s = PATIENCE_S
    return app


def _again(side: Side, create_app: Callable[[Settings, Clock], Flask], url: str) -> Flask:
    app = create_app(replace(side.settings, public_url=url), side.database.clock)
    app.extensions["attune_database"].close()
    app.extensions["attune_database"] = side.app.extensions["attune_database"]
    return app
