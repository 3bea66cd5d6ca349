"""What the plumbing tables may forget, and when. Never an event that a reader might still meet again."""

from sqlalchemy import text

from shared.db.tenancy import Database, Scope

_PORTION = 10_000  # rows a transaction: none holds locks for long or floods the log of the database
# The event log keeps 30 days, so an id older than 45 can't come again (docs/event-path.md, 7). What was replayed
# has had its effect; the acts of operators stay. Keys of requests live a week.
_FORGET = {
    "inbox": (
        "event_id",
        "applied_at < now() - interval '45 days' AND NOT EXISTS (SELECT FROM dead_letter AS waiting"
        " WHERE waiting.event_id = inbox.event_id AND waiting.replayed_at IS NULL)",
    ),
    "dead_letter": ("id", "replayed_at < now() - interval '45 days'"),
    "idempotency": ("ctid", "created_at < now() - interval '7 days'"),
}


def tidy(database: Database) -> int:
    """Delete what is past its time, a portion a transaction; returns how many rows."""
    gone = 0
    for table, (key, is_past) in _FORGET.items():
        statement = text(
            f"DELETE FROM {table} WHERE {key} = ANY(ARRAY(SELECT {key} FROM {table} WHERE {is_past} LIMIT :most))"  # noqa: S608
        )
        while True:
            with database.transaction(Scope(role="worker")) as db:
                count: int = db.execute(statement, {"most": _PORTION}).rowcount  # type: ignore[attr-defined]
            gone += count
            if count < _PORTION:
                break
    return gone
