"""The sealer: moves committed audit rows into the chain within a second, and signs how far it goes.

By delete and insert in one transaction, without a cursor: a row that commits late is simply there at the next pass.
One lock makes it one sealer, however many workers run.
"""

import threading
from datetime import datetime, timedelta
from typing import Any

import psycopg
import structlog

from shared.audit.canonical import COLUMNS, FIRST, Row, hash_of
from shared.audit.outside import LineDamaged, OutsideFile
from shared.audit.signing import Checkpoint, Signer
from shared.db.direct import directly
from shared.db.tenancy import Database, Scope
from shared.path.failpoints import reach

log = structlog.get_logger()
EVERY_S = 0.8  # so that a row waits for less than a second
PORTION = 1_000  # rows of one transaction
CHECKPOINT_ROWS = 1_000
CHECKPOINT_EVERY = timedelta(seconds=60)
_WORKER = Scope(role="worker")
_NAMES = ", ".join(COLUMNS)
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('attune-audit-sealer'))"
_HEAD = "SELECT sequence, hash FROM audit_chain ORDER BY sequence DESC LIMIT 1"
_TAKE = (
    "WITH taken AS (DELETE FROM audit_row WHERE id = ANY(ARRAY("  # noqa: S608  (only names of columns)
    f"SELECT id FROM audit_row ORDER BY at, id LIMIT %s)) RETURNING {_NAMES})"
    f" SELECT {_NAMES} FROM taken ORDER BY at, id"
)
_ADD = (
    f"INSERT INTO audit_chain (sequence, previous, hash, {_NAMES})"  # noqa: S608  (only names of columns)
    f" VALUES (%s, %s, %s{', %s' * len(COLUMNS)})"
)
_SIGNED = "SELECT coalesce(max(sequence), 0) FROM audit_checkpoint"
_AFTER = "SELECT sequence, hash, at, key_name, signature FROM audit_checkpoint WHERE sequence > %s ORDER BY sequence"
_SIGN = "INSERT INTO audit_checkpoint (sequence, hash, at, key_name, signature) VALUES (%s, %s, %s, %s, %s)"


class Sealer:
    """Runs on a thread of the worker; `run` returns when `stop` is set."""

    def __init__(self, database: Database, *, service: str, signer: Signer, outside: OutsideFile) -> None:
        self._database = database
        self._service = service
        self._signer = signer
        self._outside = outside
        self._rows = 0  # sealed since we last signed
        self._sign_at: datetime | None = None

    def run(self, stop: threading.Event) -> None:
        """Seal until told to stop, and once more at the end."""
        while True:
            is_last = stop.is_set()
            while self.seal_once() == PORTION:
                self.sign_when_due()
            self.sign_when_due()
            if is_last:
                self.sign(self._database.clock())
                return
            stop.wait(EVERY_S)

    def seal_once(self) -> int:
        """Move a portion of committed rows into the chain; how many. 0 also when another sealer is at it."""
        with self._database.transaction(_WORKER) as db, directly(db.connection()) as raw:
            if not _is_mine(raw):
                return 0
            # A statement of its own, after the lock: it sees all that the sealer before us committed.
            sequence, previous = raw.execute(_HEAD).fetchone() or (0, FIRST)
            rows = raw.execute(_TAKE, (PORTION,), binary=True).fetchall()
            if not rows:
                return 0
            reach("audit.after_delete")
            links = []
            for values in rows:
                sequence += 1
                made = hash_of(self._service, sequence, Row(tuple(values)), bytes(previous))
                links.append((sequence, previous, made, *values))
                previous = made
            with raw.cursor() as cursor:
                cursor.executemany(_ADD, links)
            reach("audit.after_insert")
        reach("audit.after_seal")
        self._rows += len(rows)
        return len(rows)

    def sign_when_due(self) -> None:
        """Sign after so many rows, else as often as is promised; also what another sealer left unsigned."""
        now = self._database.clock()
        if self._rows >= CHECKPOINT_ROWS or self._sign_at is None or now >= self._sign_at:
            self.sign(now)

    def sign(self, at: datetime) -> None:
        """Sign how far the chain goes, unless that is signed already.

        First the signature, then its copy outside: the file never claims what was not committed, and what it
        lacks because we died in between it gets the next time.
        """
        with self._database.transaction(_WORKER) as db, directly(db.connection()) as raw:
            if not _is_mine(raw):
                return
            self._sign(raw, at)
        reach("audit.after_checkpoint")
        with self._database.transaction(_WORKER) as db, directly(db.connection()) as raw:
            if not _is_mine(raw):
                return
            self._copy(raw)
        self._rows, self._sign_at = 0, at + CHECKPOINT_EVERY

    def _sign(self, raw: psycopg.Connection[Any], at: datetime) -> None:
        sequence, hash_ = raw.execute(_HEAD).fetchone() or (0, FIRST)
        [signed] = raw.execute(_SIGNED).fetchone() or (0,)
        if sequence > signed:
            one = self._signer.sign(self._service, sequence, bytes(hash_), at)
            raw.execute(_SIGN, (one.sequence, one.hash, one.at, one.key_name, one.signature))

    def _copy(self, raw: psycopg.Connection[Any]) -> None:
        try:
            last = self._outside.last()
            found = raw.execute(_AFTER, (last.sequence if last else 0,)).fetchall()
            if found:
                self._outside.append([Checkpoint(a, bytes(b), c, d, bytes(e)) for a, b, c, d, e in found])
        except (LineDamaged, OSError) as error:
            # Sealing goes on; what the file lacks it gets as soon as it can be written, and a verifier tells of it.
            log.error(
                "audit checkpoints can't be copied outside the database", error_type=type(error).__name__
            )


def seal_all(sealer: Sealer) -> int:
    """Everything that waits, for tests and for a last pass; how many rows."""
    count = 0
    while moved := sealer.seal_once():
        count += moved
    return count


def _is_mine(raw: psycopg.Connection[Any]) -> bool:
    return bool(raw.execute(_LOCK).fetchone()[0])  # type: ignore[index]
