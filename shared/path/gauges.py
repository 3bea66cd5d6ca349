"""What operators see of the path whether or not its parts move: outbox, dead letters, audit, transaction horizon."""

import time
from collections import deque

from sqlalchemy import text

from shared.db.tenancy import Database, Scope
from shared.path import inbox
from shared.telemetry import metrics

_MOST = 10_000
_OUTBOX = text(
    "SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT :most) AS counted),"
    " (SELECT extract(epoch FROM clock_timestamp() - occurred_at)::float8 FROM outbox ORDER BY id LIMIT 1)"
)
_SNAPSHOT = text(
    "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,"
    " pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
)
_AUDIT = text(
    "SELECT (SELECT extract(epoch FROM clock_timestamp() - min(at))::float8 FROM audit_row),"
    " (SELECT extract(epoch FROM clock_timestamp() - at)::float8 FROM audit_checkpoint"
    " ORDER BY sequence DESC LIMIT 1),"
    " (SELECT extract(epoch FROM clock_timestamp() - at)::float8 FROM audit_chain"
    " WHERE sequence > coalesce((SELECT max(sequence) FROM audit_checkpoint), 0) ORDER BY sequence LIMIT 1)"
)


class Horizon:
    """For how long the oldest open write transaction of the server has been open, as seen from here.

    Whose it is needs rights that a service has no use for. That it is open needs none: the oldest transaction
    number still running stands still while we remember when it was the newest.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[int, float]] = deque()  # (the next number to be given, when)

    def age_s(self, oldest_running: int, next_number: int, now: float) -> float:
        """Seconds since it had not begun yet, or since the first look at it; 0 when nothing is running."""
        self._seen.append((next_number, now))
        while len(self._seen) > 1 and self._seen[1][0] <= oldest_running:
            self._seen.popleft()
        return now - self._seen[0][1] if oldest_running < next_number else 0.0


def measure(database: Database, service: str, horizon: Horizon) -> None:
    """Set the gauges of one service's tables. Cheap: it counts ten thousand rows at the most."""
    with database.transaction(Scope(role="worker")) as db:
        rows, age = db.execute(_OUTBOX, {"most": _MOST}).one()
        letters, keys = inbox.waiting(db)
        unsealed_age, checkpoint_age, unsigned_age = db.execute(_AUDIT).one()
        oldest_running, next_number = db.execute(_SNAPSHOT).one()
    metrics.outbox_rows.labels(service).set(rows)
    metrics.outbox_age_seconds.labels(service).set(max(0.0, age or 0.0))
    metrics.dead_letters_waiting.labels(service).set(letters)
    metrics.parked_keys.labels(service).set(keys)
    metrics.audit_unsealed_age_seconds.labels(service).set(max(0.0, unsealed_age or 0.0))
    metrics.audit_checkpoint_age_seconds.labels(service).set(max(0.0, checkpoint_age or 0.0))
    metrics.audit_unsigned_age_seconds.labels(service).set(max(0.0, unsigned_age or 0.0))
    metrics.horizon_age_seconds.labels(service).set(
        horizon.age_s(oldest_running, next_number, time.monotonic())
    )
