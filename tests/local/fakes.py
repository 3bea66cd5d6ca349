"""Stand-ins for the services, small enough to read at a glance, and a program that runs them."""

import json
import os
import signal
import socket
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
from flask import Flask

from shared.settings import Settings


class FakePrograms:
    """Services that know their name and process and reach their database."""

    def load(self) -> None: ...

    def migrate(self, service: str, owner_url: str) -> None:
        with psycopg.connect(owner_url) as owner:
            owner.execute("CREATE TABLE IF NOT EXISTS note (text text)")
            owner.execute(f"GRANT SELECT, INSERT ON note TO attune_{service}_app, attune_{service}_worker")

    def open_vault(self, settings: Settings) -> int:
        return 0

    def create_event_log(self, url: str) -> None:
        with psycopg.connect(url) as events:
            events.execute("CREATE TABLE IF NOT EXISTS log_record (text text)")

    def check_drained(self, admin_url: str, worker_urls: dict[str, str]) -> None: ...

    def reach_event_log(self, url: str) -> None:
        threading.Event().wait()  # a broker that takes the connection and never answers

    def create_app(self, settings: Settings) -> Flask:
        app = Flask(settings.service)

        @app.get("/readyz")
        def ready() -> str:
            with psycopg.connect(settings.database_url) as database:
                database.execute("SELECT count(*) FROM note")
            return "ready"

        @app.get("/")
        def about() -> dict[str, object]:
            return {"service": settings.service, "pid": os.getpid()}

        return app

    def run_worker(self, settings: Settings, internal: socket.socket, parts: Sequence[str] | None) -> int:
        answer(internal, {"service": settings.service})
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        signal.sigwait({signal.SIGTERM})
        return 0

    def create_demo(self, url: str, operator_key: str) -> Sequence[str]:
        return ["Sign in as anna"]


def answer(bound: socket.socket, facts: dict[str, str]) -> None:
    """Answer every GET on a bound socket with `facts`, from a thread."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(facts).encode())

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(bound.getsockname()[:2], Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = bound
    threading.Thread(target=server.serve_forever, daemon=True).start()


def main() -> None:
    """`python -m tests.local.fakes up …`: the real command line over the fakes."""
    from deploy.local import cli

    cli.RealPrograms = FakePrograms  # type: ignore[misc, assignment]
    cli.main()


if __name__ == "__main__":
    main()
