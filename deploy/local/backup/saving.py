"""Making a backup: all databases as they were at one moment, in a folder that is there whole or not at all."""

import importlib.metadata
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from deploy.local.backup import manifest
from deploy.local.backup.ledgers import copy_ledgers
from deploy.local.backup.manifest import Manifest
from deploy.local.backup.moment import one_moment
from deploy.local.backup.postgres_programs import programs_for
from deploy.local.databases import EVENTS, database_of, inside
from deploy.local.errors import UserError
from deploy.local.files import sync_folder
from shared.eventlog.peek import LogReader, open_reader
from shared.events.base import topic_of
from shared.settings import SERVICES

_MAY_READ_ALL = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
_LOG_IN_USE = "SELECT log_id FROM log_position WHERE ticked_at IS NOT NULL ORDER BY ticked_at DESC LIMIT 1"
_KEYS_IN_USE = "SELECT DISTINCT wrapped_by FROM data_key WHERE wrapped IS NOT NULL ORDER BY 1"
_EXISTS = "SELECT 1 FROM pg_database WHERE datname = %s"


@dataclass(frozen=True, kw_only=True)
class Source:
    """What is saved. `data`: the folder with ledgers beside the databases, if it is there."""

    admin_url: str
    data: Path
    kafka: str | None = None
    tools: Path | None = None


@dataclass(frozen=True)
class Saved:
    manifest: Manifest
    size: int  # bytes
    waited_s: float  # for so long writes were held up


def save(source: Source, folder: Path) -> Saved:
    """Write a new backup to `folder`, which must not be there yet. Raises UserError."""
    programs = programs_for(source.admin_url, source.tools)
    areas = _areas(source)
    urls = {area: inside(source.admin_url, database_of(area)) for area in areas}
    log = _Log(source, urls)
    try:
        with made_whole(folder) as new:
            with one_moment(urls, meanwhile=log.look) as moment:
                for area in areas:
                    programs.dump(urls[area], snapshot=moment.snapshots[area], to=new / f"{area}.dump")
            copy_ledgers(source.data, new)  # as they are now: at least as new as the databases
            said = Manifest(
                point=moment.at.isoformat(),
                program=importlib.metadata.version("attune"),
                postgres=_server_version(source.admin_url),
                revisions={
                    name: _one(urls[name], "SELECT version_num FROM alembic_version") for name in SERVICES
                },
                log=log.said,
                keys={name: ",".join(log.keys[name]) for name in SERVICES},
                files=manifest.files_of(new),
            )
            said.write(new)
    finally:
        log.close()
    return Saved(said, sum(one["bytes"] for one in said.files.values()), moment.waited_s)


@contextmanager
def made_whole(folder: Path) -> Iterator[Path]:
    """A new folder, written under another name and moved in place at the end. Raises UserError when it is there."""
    folder = folder.absolute()
    if folder.exists():
        raise UserError(f"{folder} is there already: a backup never replaces another, give a new folder")
    new = folder.with_name(f".{folder.name}.new")
    try:
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True, mode=0o700)
        yield new
        for path in [*new.rglob("*"), new]:
            _sync(path)
        os.rename(new, folder)
        sync_folder(folder.parent)
    except OSError as error:
        raise UserError(f"{folder} can't be written: {error.strerror}") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


class _Log:
    """The event log as it is while nobody writes: its name, and on Kafka its ends."""

    def __init__(self, source: Source, urls: Mapping[str, str]) -> None:
        self._reader: LogReader | None = None
        self.keys = {name: [str(row[0]) for row in _all(urls[name], _KEYS_IN_USE)] for name in SERVICES}
        if source.kafka:
            self._reader = open_reader(f"kafka://{source.kafka}")
            identity, kind = self._reader.log_id(), "kafka"
            self._reader.bounds([topic_of(name) for name in SERVICES])  # connected before anybody waits
        else:
            identity, kind = _one(urls[EVENTS], "SELECT id FROM log_identity"), "embedded"
        self.said: dict[str, Any] = {"kind": kind, "id": identity}
        for name in SERVICES:
            if (used := _all(urls[name], _LOG_IN_USE)) and str(used[0][0]) != identity:
                raise UserError(
                    f"{name} reads its events from another log than this: "
                    + (
                        "leave --kafka out, or name the right one"
                        if source.kafka
                        else "name it with --kafka HOST:PORT"
                    )
                )

    def look(self) -> None:
        """Every record before these ends was committed by its owner before this moment."""
        if self._reader is not None:
            bounds = self._reader.bounds([topic_of(name) for name in SERVICES])
            self.said["ends"] = {f"{at.topic}/{at.partition}": one.next for at, one in bounds.items()}

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()


def _areas(source: Source) -> list[str]:
    """The databases to save. Raises UserError: one is missing, or the login may not read every row."""
    with psycopg.connect(source.admin_url, connect_timeout=5) as admin:
        if admin.execute(_MAY_READ_ALL).fetchone() != (True,):
            raise UserError(
                "this login does not see every row: a backup needs a superuser, or a role with BYPASSRLS that owns or"
                " may read and lock every table"
            )
        areas = [*SERVICES] if source.kafka else [*SERVICES, EVENTS]
        for area in areas:
            if admin.execute(_EXISTS, (database_of(area),)).fetchone() is None:
                where = " (events on Kafka? then give --kafka HOST:PORT)" if area == EVENTS else ""
                raise UserError(f"there is no database {database_of(area)} here{where}")
    return areas


def _server_version(url: str) -> int:
    with psycopg.connect(url, connect_timeout=5) as connection:
        return connection.info.server_version // 10000


def _all(url: str, statement: str) -> list[Any]:
    with psycopg.connect(url, connect_timeout=5) as connection:
        return connection.execute(statement).fetchall()


def _one(url: str, statement: str) -> str:
    return str(_all(url, statement)[0][0])


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
