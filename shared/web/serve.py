"""Serves one Flask application with gunicorn: one worker process of several threads, on sockets given to it.

Two processes per service: gunicorn's arbiter and its worker. Modules are imported before the fork (in
whatever process calls `serve`), the application is made after it, so no connection is ever shared. When
the listening sockets are inherited, a killed process leaves requests waiting in the backlog, not refused.
"""

import logging
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from shared.telemetry import exporting
from shared.web.internal import READINESS, start_internal_server

GRACEFUL_S = 10
KEEPALIVE_S = 75  # longer than any client of ours keeps a connection, so that we never close one in use
BACKLOG = 512


def serve(
    app_factory: Callable[[], Flask],
    *,
    listen: Sequence[socket.socket] | str,
    threads: int,
    internal: socket.socket | None = None,
    on_fork: Callable[[int], None] = lambda _: None,
) -> None:
    """Serve until SIGTERM, then exit the process (SystemExit): 0, or other than 0 when the worker can't boot.

    `listen`: bound sockets (they are taken over) or an address such as `0.0.0.0:8000`. `internal`: a bound
    socket for /livez, /readyz and /metrics. `on_fork` runs first thing in gunicorn's worker process,
    with its parent's pid: it should see to it that the worker does not outlive that.
    """
    binds = [listen] if isinstance(listen, str) else [f"fd://{taken.detach()}" for taken in listen]
    application = _Application(app_factory, binds, threads, internal, on_fork)
    Arbiter(application).run()


class _Application(BaseApplication):  # type: ignore[misc]
    """What gunicorn asks for: its settings, and the application once it is in the worker."""

    def __init__(
        self,
        app_factory: Callable[[], Flask],
        binds: list[str],
        threads: int,
        internal: socket.socket | None,
        on_fork: Callable[[int], None],
    ) -> None:
        self._app_factory = app_factory
        self._settings = {
            "bind": binds,
            "backlog": BACKLOG,
            "workers": 1,
            "worker_class": "gthread",
            "threads": threads,
            "keepalive": KEEPALIVE_S,
            "graceful_timeout": GRACEFUL_S,
            "control_socket_disable": True,
            "accesslog": None,
            "logger_class": _Log,
            "proc_name": "attune",
            # The heartbeat is a file touched every second: in memory, or a slow disk looks like a hang.
            "worker_tmp_dir": "/dev/shm" if _is_usable(Path("/dev/shm")) else None,  # noqa: S108
            "post_fork": lambda _arbiter, worker: on_fork(worker.ppid),
            "worker_exit": lambda _arbiter, _worker: exporting.stop(),
            "post_worker_init": lambda worker: _start_internal(worker.wsgi, internal),
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app_factory()


class _Log(Logger):  # type: ignore[misc]
    """gunicorn's messages go the way of every library's: into the structured log, without their texts.

    Those texts quote addresses with ids, and there is no access log for the same reason.
    """

    def setup(self, cfg: object) -> None:  # noqa: ARG002
        self.error_log = logging.getLogger("gunicorn.error")
        self.error_log.handlers = []
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)

    def access(self, *_: object) -> None:
        """Metrics and traces tell of requests, by route template."""

    def reopen_files(self) -> None:
        """There are none."""

    def close_on_exec(self) -> None:
        """There are none."""


def _start_internal(app: Flask, internal: socket.socket | None) -> None:
    if internal is None:
        return
    # The server's thread belongs to this very process, so it starts after the fork.

    start_internal_server(internal, is_ready=app.extensions.get(READINESS, list))


def _is_usable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
