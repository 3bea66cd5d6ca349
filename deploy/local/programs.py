"""The platform's parts by name, imported only when asked for: `attune up` first shows that it loads them."""

import importlib
import socket
from collections.abc import Callable, Sequence
from typing import Protocol, cast

from flask import Flask

from deploy.local.errors import UserError
from shared.settings import SERVICES, Settings


class Programs(Protocol):
    """What the platform runs. Tests put small fakes in its place."""

    def load(self) -> None:
        """Import everything, so that forked processes share it."""
        ...

    def migrate(self, service: str, owner_url: str) -> None: ...

    def open_vault(self, settings: Settings) -> int:
        """Erase again what a copy brought back (how many), and try the keys. Raises UserError when they don't fit."""
        ...

    def create_event_log(self, url: str) -> None: ...

    def check_drained(self, admin_url: str, worker_urls: dict[str, str]) -> None:
        """Raises UserError when events still lie on the embedded log that some service has not applied."""
        ...

    def reach_event_log(self, url: str) -> None:
        """Ask the log who it is. Raises when it does not answer."""
        ...

    def create_app(self, settings: Settings) -> Flask: ...

    def run_worker(self, settings: Settings, internal: socket.socket, parts: Sequence[str] | None) -> int:
        """Run until SIGTERM; the exit code. `parts` None: all."""
        ...

    def create_demo(self, url: str, operator_key: str) -> Sequence[str]:
        """Make the demo practice when it is missing; lines that say how to sign in."""
        ...


class RealPrograms:
    """The product's own parts."""

    def load(self) -> None:
        for name in ("shared.eventlog", "shared.path.worker", "shared.web.serve", "shared.web.internal"):
            importlib.import_module(name)
        importlib.import_module("shared.db.migrations")
        for service in SERVICES:
            importlib.import_module(f"services.{service}.app")
            importlib.import_module(f"services.{service}.worker")

    def migrate(self, service: str, owner_url: str) -> None:
        from shared.db.migrations import OlderSeals, upgrade

        try:
            upgrade(service, owner_url)
        except OlderSeals as error:
            raise UserError(str(error)) from error

    def open_vault(self, settings: Settings) -> int:
        from deploy.local.vault.door import open_door

        return open_door(settings)

    def create_event_log(self, url: str) -> None:
        _find("shared.eventlog.postgres", "create_schema")(url)

    def check_drained(self, admin_url: str, worker_urls: dict[str, str]) -> None:
        from deploy.local.drained import check_drained

        check_drained(admin_url, worker_urls)

    def reach_event_log(self, url: str) -> None:
        log = _find("shared.eventlog", "open_log")(url)
        log.log_id()  # type: ignore[attr-defined]

    def create_app(self, settings: Settings) -> Flask:
        return cast(Flask, _find(f"services.{settings.service}.app", "create_app")(settings))

    def run_worker(self, settings: Settings, internal: socket.socket, parts: Sequence[str] | None) -> int:
        spec = importlib.import_module(f"services.{settings.service}.worker").SPEC
        chosen = {} if parts is None else {"parts": tuple(parts)}
        run = _find("shared.path.worker", "run_worker")
        return cast(int, run(settings, spec, internal_socket=internal, **chosen))

    def create_demo(self, url: str, operator_key: str) -> Sequence[str]:
        return cast(Sequence[str], _find("deploy.local.demo", "create")(url, operator_key))


def _find(module: str, name: str) -> Callable[..., object]:
    return cast(Callable[..., object], getattr(importlib.import_module(module), name))
