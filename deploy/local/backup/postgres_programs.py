"""PostgreSQL's own pg_dump and pg_restore: the embedded server's, or those that fit a server elsewhere.

Programs of a newer version do for an older server (the image has one version): they dump what it has, and what they
set that it does not know yet is named here.
"""

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
_KNOWS_ALL = 17
"""From here on a server knows every setting that programs of 18 set before they restore; an older one lacks one."""
_UNKNOWN = 'unrecognized configuration parameter "transaction_timeout"'


@dataclass(frozen=True)
class PostgresPrograms:
    """A folder with pg_dump and pg_restore, and the major version of the server that they are to work with."""

    folder: Path
    major: int
    server: int

    def dump(self, url: str, *, snapshot: str, to: Path) -> None:
        """Write one database as it was at the snapshot. Raises UserError."""
        self._run("pg_dump", url, ["--format=custom", f"--snapshot={snapshot}", f"--file={to}"])

    def restore(self, url: str, file: Path) -> None:
        """Fill an empty database, whole or not at all. Raises UserError.

        Where the server is too old for one setting, what was filled stays after a failure: it is not empty then.
        """
        if self.server >= _KNOWS_ALL or self.major < _KNOWS_ALL:
            self._run("pg_restore", url, ["--exit-on-error", "--single-transaction"], [str(file)])
        else:
            self._run("pg_restore", url, [], [str(file)], bears=_UNKNOWN)

    def _run(
        self, program: str, url: str, options: Sequence[str], last: Sequence[str] = (), *, bears: str = ""
    ) -> None:
        """`bears`: words of an error that is none, if there is no other."""
        about = conninfo_to_dict(url)
        password = str(about.pop("password", ""))
        command = [str(self.folder / program), "--no-password", f"--dbname={make_conninfo('', **about)}"]
        # Neither a PG* variable of ours nor a statement's values: whoever reads the arguments sees no password.
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "PGPASSWORD": password}
        done = subprocess.run(  # noqa: S603
            [*command, *options, *last], capture_output=True, text=True, env=environment, cwd="/"
        )
        if done.returncode != 0 and not (bears and _only(bears, done.stderr)):
            errors = [line for line in _errors(done.stderr) if not bears or bears not in line]
            reason = errors[0] if errors else "it gave no reason"
            raise UserError(f"{program} failed on {about.get('dbname')}: {reason}")


def programs_for(url: str, chosen: Path | None = None) -> PostgresPrograms:
    """Programs that fit the server of `url`. `chosen`: a folder to take them from. Raises UserError."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        server = connection.info.server_version // 10000
    newer = None
    for folder in [chosen] if chosen else _places(server):
        major = _major(folder / "pg_dump")
        if major == server:
            return PostgresPrograms(folder, major, server)
        if newer is None and major is not None and major > server:
            newer = PostgresPrograms(folder, major, server)
    if newer is not None:
        return newer
    raise UserError(
        f"pg_dump of PostgreSQL {server} or later is missing: install its client programs"
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


def _errors(text: str) -> list[str]:
    """The lines that name an error, without DETAIL or CONTEXT: those may quote a row."""
    return [line.strip() for line in text.splitlines() if "error:" in line or "FATAL" in line]


def _only(words: str, text: str) -> bool:
    """Whether pg_restore came to its end, and each error that it counts there says `words`."""
    errors = _errors(text)
    return all(words in line for line in errors) and f"errors ignored on restore: {len(errors)}\n" in text
