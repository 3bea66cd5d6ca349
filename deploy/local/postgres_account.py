"""Whom PostgreSQL runs as. It refuses to run as root, so root lends it a system user of its own.

The user gets only what it needs: it owns its data and socket folders, and may pass through (o+x, "search")
the folders above them and above the wheel's programs. Nobody gains the right to list or read any of those
folders (never o+r): with search alone one must know a name, and the permissions of what lies there hold.
"""

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import UserError

SYSTEM_USER = "pgserver"


@dataclass(frozen=True)
class Account:
    """The user and group that run PostgreSQL; None means: whoever runs this program."""

    uid: int | None = None
    gid: int | None = None

    def own(self, path: Path) -> None:
        """Make `path` this account's, for it alone."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)
        path.chmod(0o700 if path.is_dir() else 0o600)

    def let_through(self, path: Path) -> None:
        """Let this account reach `path` through the folders above it."""
        if self.uid is None:
            return
        for folder in path.resolve().parents:
            about = folder.stat()
            if about.st_uid != self.uid and not about.st_mode & stat.S_IXOTH:
                folder.chmod(stat.S_IMODE(about.st_mode) | stat.S_IXOTH)


def account() -> Account:
    """The caller's own account, or for root the system user, which is made when missing."""
    if os.geteuid() != 0:
        return Account()
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        entry = _make_user()
    return Account(entry.pw_uid, entry.pw_gid)


def open_programs(install: Path, to: Account) -> None:
    """Let `to` run the wheel's programs, also where a strict umask unpacked them for root alone.

    These files are public software, so reading them (unlike the folders above) may be granted.
    """
    if to.uid is None:
        return
    to.let_through(install)
    if (install / "bin" / "postgres").stat().st_mode & 0o005 == 0o005:
        return
    for path in [install, *install.rglob("*")]:
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | 0o004 | (0o001 if mode & 0o100 else 0))


def _make_user() -> pwd.struct_passwd:
    """Create the system user: no password, no shell, no home."""
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    except FileNotFoundError as error:
        raise UserError("PostgreSQL does not run as root and useradd is missing: be another user") from error
    except subprocess.CalledProcessError as error:
        try:
            return pwd.getpwnam(SYSTEM_USER)  # another process was quicker
        except KeyError:
            raise UserError(f"can't make the system user {SYSTEM_USER}: {error.stderr.strip()}") from error
    return pwd.getpwnam(SYSTEM_USER)
