"""PostgreSQL's own pg_dump and pg_restore: the embedded server's, or those that fit a server elsewhere."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from deploy.local.errors import UserError
from deploy.local.postgres import embedded_programs

_VERSION = re.compile(r"(\d+)")
# From 18 back to 17 a script names only settings that both know; an older server refuses one of them.
_FORGIVING = 17


@dataclass(frozen=True)
class PostgresPrograms:
    """A folder with pg_dump and pg_restore."""

    folder: Path

    def dump(self, url: str, *, snapshot: str, to: Path) -> None:
        """Write one database as it was at the snapshot. Raises UserError."""
        self._run("pg_dump", url, ["--format=custom", f"--snapshot={snapshot}", f"--file={to}"])

    def restore(self, url: str, file: Path) -> None:
        """Fill an empty database, whole or not at all. Raises UserError."""
        self._run("pg_restore", url, ["--exit-on-error", "--single-transaction"], [str(file)])

    def _run(self, program: str, url: str, options: Sequence[str], last: Sequence[str] = ()) -> None:
        about = conninfo_to_dict(url)
        password = str(about.pop("password", ""))
        command = [str(self.folder / program), "--no-password", f"--dbname={make_conninfo('', **about)}"]
        # Neither a PG* variable of ours nor a statement's values: whoever reads the arguments sees no password.
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "PGPASSWORD": password}
        done = subprocess.run(  # noqa: S603
            [*command, *options, *last], capture_output=True, text=True, env=environment, cwd="/"
        )
        if done.returncode != 0:
            raise UserError(f"{program} failed on {about.get('dbname')}: {_reason(done.stderr)}")


def programs_for(url: str, chosen: Path | None = None) -> PostgresPrograms:
    """Programs that fit the server of `url`. `chosen`: a folder to take them from. Raises UserError."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        server = connection.info.server_version // 10000
    for folder in [chosen] if chosen else _places(server):
        major = _major(folder / "pg_dump")
        if major is not None and (major == server or (server >= _FORGIVING and major > server)):
            return PostgresPrograms(folder)
    raise UserError(
        f"pg_dump of PostgreSQL {server} is missing: install its client programs"
        f" (Debian, Ubuntu: apt install postgresql-client-{server}), or name their folder with --tools"
    )


def _places(server: int) -> Iterator[Path]:
    found = shutil.which("pg_dump")
    if found is not None:
        yield Path(found).resolve().parent
        yield Path(found).parent
    yield Path(f"/usr/lib/postgresql/{server}/bin")
    embedded = embedded_programs()
    if embedded is not None:
        yield embedded


def _major(program: Path) -> int | None:
    try:
        done = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
    found = _VERSION.search(done.stdout)
    return int(found[1]) if found else None


def _reason(text: str) -> str:
    """The first line that names an error, without DETAIL or CONTEXT: those may quote a row."""
    lines = [line.strip() for line in text.splitlines() if "error:" in line or "FATAL" in line]
    return lines[0] if lines else "it gave no reason"
