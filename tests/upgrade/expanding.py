"""The next version's schema, as far as an expanding revision may go: to every table something that today's code
doesn't know. What today's code bears here, it bears of any next version (docs/operations-backup.md, "Upgrade")."""

import time
from collections.abc import Sequence

import psycopg
from psycopg import sql

_TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
)
_EXPANSIONS = (
    "ALTER TABLE {table} ADD COLUMN next_maybe text",
    "ALTER TABLE {table} ADD COLUMN next_always boolean NOT NULL DEFAULT false",
    "CREATE INDEX {index} ON {table} (next_always)",
)


def expand(url: str) -> int:
    """Expand one database while it is in use; how many tables. A lock that is not had soon is asked for again."""
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("SET lock_timeout = '300ms'")
        tables = [str(row[0]) for row in owner.execute(_TABLES) if row[0] != "alembic_version"]
        for table in tables:
            for statement in _EXPANSIONS:
                names = {"table": sql.Identifier(table), "index": sql.Identifier(f"{table}_next")}
                _insist(owner, sql.SQL(statement).format(**names))  # type: ignore[arg-type]
        _insist(owner, sql.SQL("CREATE TABLE next_table (id uuid PRIMARY KEY, practice_id uuid NOT NULL)"))
        return len(tables)


def _insist(owner: psycopg.Connection, statement: sql.Composable) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            owner.execute(statement)
            return
        except psycopg.errors.LockNotAvailable:
            assert time.monotonic() < deadline, "the lock is never free"
            time.sleep(0.05)


def expanded_columns(url: str) -> Sequence[str]:
    """Tables that have both new columns, so that a test knows that it tested something."""
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT table_name FROM information_schema.columns WHERE column_name IN ('next_maybe', 'next_always')"
            " GROUP BY 1 HAVING count(*) = 2 ORDER BY 1"
        )
        return [str(row[0]) for row in rows]
