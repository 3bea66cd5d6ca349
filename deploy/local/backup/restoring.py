"""Bringing a backup back: into an empty place, whole, and safe before any process runs.

On one machine everything happens in a folder beside the one that `attune up` looks for, which is moved in place at the
very end: a restore that was cut short leaves no platform, and can be begun again. Where processes run apart, the keys
are read where they lie, and of `data` only the ledgers are touched.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from deploy.local import databases
from deploy.local.backup import manifest
from deploy.local.backup.beside import begin_audit_anew, bring_ledgers, settings_of
from deploy.local.backup.manifest import Manifest
from deploy.local.backup.opening import Opening, is_installation, opening_of, read_opening
from deploy.local.backup.postgres_programs import programs_for
from deploy.local.backup.settling import settle
from deploy.local.data_folder import DataFolder
from deploy.local.databases import EVENTS, database_of, inside, role_of, with_login
from deploy.local.errors import UserError
from deploy.local.keys import open_keys
from deploy.local.postgres import EmbeddedPostgres
from shared.path.acts import Operator
from shared.settings import SERVICES
from shared.vault.providers import name_of

_TABLES = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
_EXISTS = "SELECT 1 FROM pg_database WHERE datname = %s"


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where to. `data` holds the keys already, or `keys` is a copy of them; `beside` a copy of the ledgers.

    Where `keys` was made by `attune keys`, `data` is the folder with the ledgers of an installation.
    """

    data: Path
    database_url: str | None = None
    kafka: str | None = None
    keys: Path | None = None
    beside: Path | None = None
    tools: Path | None = None

    @property
    def is_installation(self) -> bool:
        """Whether its processes run apart, each with its own settings."""
        return self.keys is not None and is_installation(self.keys)


@dataclass(frozen=True)
class Restored:
    manifest: Manifest
    erased_again: int
    seen_to: Mapping[str, int] = field(default_factory=dict)  # per service, what its `RESTORED` saw to


@dataclass(frozen=True, kw_only=True)
class Steps:
    """What the programs do here; told step by step."""

    migrate: Callable[[str, str], None]
    known_revisions: Callable[[str], frozenset[str]]
    create_event_log: Callable[[str], None]
    open_door: Callable[..., int]
    tell: Callable[[str], None]


def restore(backup: Path, target: Target, operator: Operator, steps: Steps) -> Restored:
    """Restore `backup` into an empty target. Raises UserError; then nothing of it is in place."""
    said = manifest.verify(backup)
    _check_version(said, backup, steps)
    if (said.log["kind"] == "kafka") != bool(target.kafka):
        raise UserError(
            "the backup's events lie on Kafka: name it with --kafka HOST:PORT"
            if not target.kafka
            else "the backup holds the embedded event log: leave --kafka out"
        )
    folder = None if target.is_installation else DataFolder(target.data)
    try:
        keys = _keys(target, said)
        with _empty_server(folder, target) as admin_url:
            steps.tell("Making databases and roles")
            with_events = not target.kafka
            ours = target.database_url is None
            databases.prepare(admin_url, keys.password, is_ours_alone=ours, with_events=with_events)
            programs = programs_for(admin_url, target.tools)
            for area in [*SERVICES, EVENTS] if with_events else SERVICES:
                steps.tell(f"Restoring {area}")
                programs.restore(inside(admin_url, database_of(area)), backup / f"{area}.dump")
            return _make_ready(backup, said, target, keys, admin_url, operator, steps)
    finally:
        if folder is not None:
            folder.close()


def _make_ready(
    backup: Path,
    said: Manifest,
    target: Target,
    keys: Opening,
    admin_url: str,
    operator: Operator,
    steps: Steps,
) -> Restored:
    def url(area: str, kind: str) -> str:
        role = role_of(area, kind)
        return with_login(admin_url, database=database_of(area), user=role, password=keys.password(role))

    log_url = f"kafka://{target.kafka}" if target.kafka else url(EVENTS, "owner")
    for service in SERVICES:
        steps.migrate(service, url(service, "owner"))
    if not target.kafka:
        steps.create_event_log(log_url)
        with psycopg.connect(log_url, autocommit=True) as log:
            # Who read at the backup's moment is gone: nobody need wait for them.
            log.execute("DELETE FROM log_member")
    steps.tell("Erasing again what was erased")
    data = target.data.absolute()
    bring_ledgers(backup, target.beside, data)
    settings = {name: settings_of(name, keys, url, log_url, data) for name in SERVICES}
    erased = sum(steps.open_door(one) for one in settings.values())
    begin_audit_anew(data / "audit", {name: url(name, "worker") for name in SERVICES})
    steps.tell("Finishing what was under way, and making it safe")
    if target.kafka:
        from deploy.local.backup.kafka_tail import skip_what_came_after

        if not skip_what_came_after(said, settings):
            steps.tell(
                "This is another Kafka than the backup's: afterwards run attune events rebuild for every reader"
            )
    seen_to = settle(settings, operator, said.point)
    return Restored(said, erased, seen_to)


def _check_version(said: Manifest, backup: Path, steps: Steps) -> None:
    newer = [name for name in SERVICES if said.revisions[name] not in steps.known_revisions(name)]
    if newer:
        raise UserError(
            f"the backup in {backup} is of a newer version of Attune ({said.program}: {', '.join(newer)}): install"
            " that version, then restore"
        )


def _keys(target: Target, said: Manifest) -> Opening:
    """The keys, which must open what is in the backup. Raises UserError."""
    if target.keys is not None and target.is_installation:
        place, keys = target.keys, read_opening(target.keys)
    else:
        place, keys = _keys_of_one_machine(target)
    for service in SERVICES:
        held = {name_of(key) for key in (keys.vaults[service], *keys.vaults_before[service])}
        missing = [name for name in said.keys[service].split(",") if name and name not in held]
        if missing:
            raise UserError(
                f"the keys in {place} don't open this backup: {service}'s words lie under {', '.join(missing)}; find"
                " the copy of the keys from that time"
            )
    return keys


def _keys_of_one_machine(target: Target) -> tuple[Path, Opening]:
    """The folder of keys in the data folder, copied there first if need be, and what it holds."""
    place = target.data.absolute() / "keys"
    if not place.exists():
        if target.keys is None:
            raise UserError(
                f"the keys are missing: a backup never holds them; put your copy at {place}, or name it with --keys"
            )
        open_keys(target.keys, may_make=False)  # before anything is made
        new = place.with_name(".keys.new")
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(target.keys, new)
        new.chmod(0o700)
        new.rename(place)
    return place, opening_of(open_keys(place, may_make=False))


@contextmanager
def _empty_server(folder: DataFolder | None, target: Target) -> Iterator[str]:
    """A server without a platform. The embedded one is moved in place when the block has ended well."""
    if target.database_url is not None:
        _check_empty(target.database_url)
        yield target.database_url
        if folder is not None:
            folder.stamp()
        return
    if folder is None:
        raise UserError(
            f"the keys in {target.keys} are an installation's: name its PostgreSQL, ATTUNE_ADMIN_DATABASE_URL"
        )
    if folder.postgres.exists():
        raise UserError(
            f"{folder.postgres} is there already: a restore replaces nothing; move it away (keep it), or name another"
            " --data"
        )
    new = folder.postgres.with_name("postgres.restoring")
    shutil.rmtree(new, ignore_errors=True)
    server = EmbeddedPostgres(new)
    try:
        server.start()
        yield server.admin_url
        server.stop()
        new.rename(folder.postgres)
        folder.stamp()
    finally:
        server.stop()
        shutil.rmtree(new, ignore_errors=True)


def _check_empty(admin_url: str) -> None:
    with psycopg.connect(admin_url, connect_timeout=5) as admin:
        there = [
            area
            for area in (*SERVICES, EVENTS)
            if admin.execute(_EXISTS, (database_of(area),)).fetchone() is not None
        ]
    for area in there:
        with psycopg.connect(inside(admin_url, database_of(area)), connect_timeout=5) as one:
            if one.execute(_TABLES).fetchone() != (0,):
                raise UserError(
                    f"the database {database_of(area)} is not empty: a restore replaces nothing; use another server, or"
                    " rename the databases that are there"
                )
