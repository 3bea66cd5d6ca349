"""What the plumbing tables may forget, and when. Never an event that a reader might still meet again."""

from sqlalchemy import text

from shared.db.tenancy import Database, Scope

# The log keeps 30 days, so an id older than 45 can't come again (docs/event-path.md, 7). Keys of requests live a week.
_FORGET = (
    "DELETE FROM inbox WHERE applied_at < now() - interval '45 days'",
    "DELETE FROM idempotency WHERE created_at < now() - interval '7 days'",
)


def tidy(database: Database) -> None:
    """Delete what is past its time, a table at a time."""
    for statement in _FORGET:
        with database.transaction(Scope(role="worker")) as db:
            db.execute(text(statement))
