"""A real PostgreSQL for the tests: the platform's own embedded server, without waiting for the disk."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from deploy.local.postgres import EmbeddedPostgres

# What a crash of the machine could lose is of no matter to a test. A killed server still loses nothing.
QUICK = {"fsync": "off", "full_page_writes": "off"}


class PostgresServer:
    """A server with a folder of its own. `restart` keeps its data and its address."""

    def __init__(self, folder: Path, *, settings: Mapping[str, str] = QUICK) -> None:
        self._embedded = EmbeddedPostgres(folder, settings=settings)
        self._filled: dict[Callable[[str], None], str] = {}

    @property
    def admin_url(self) -> str:
        return self._embedded.admin_url

    @property
    def pid(self) -> int:
        return self._embedded.pid

    def start(self) -> None:
        self._embedded.start()

    def stop(self) -> None:
        self._embedded.stop()

    def kill(self) -> None:
        """As a crash would."""
        os.kill(self.pid, signal.SIGKILL)
        self.stop()

    def restart(self) -> None:
        self.stop()
        self.start()

    def url_of(self, database: str) -> str:
        """The superuser's URL for another database of this server."""
        start, _, parameters = self.admin_url.partition("?")
        return f"{start.rpartition('/')[0]}/{database}?{parameters}"

    @contextmanager
    def fresh_database(self, name: str, *, fill: Callable[[str], None] | None = None) -> Iterator[str]:
        """A database of this name, dropped at the end even if somebody is still connected. It is empty, or what
        `fill` makes of a URL: that runs once for each server, and what it made is copied from then on."""
        self._create(name, self._made_by(fill) if fill else "template1")
        try:
            yield self.url_of(name)
        finally:
            self._drop(name)

    def _made_by(self, fill: Callable[[str], None]) -> str:
        if fill not in self._filled:
            name = f"filled_{len(self._filled)}"
            self._create(name, "template1")
            fill(self.url_of(name))
            self._filled[fill] = name
        return self._filled[fill]

    def _create(self, name: str, template: str) -> None:
        self._drop(name)
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )

    def _drop(self, name: str) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
