"""The database itself watches: a change of a record of care without an audit row beside it can't commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.world.world import World

# A contact point is claimed by projections, which copy whose it is from another service; erasing it is notify's own.
WATCHED = {
    "intake": {
        "intention_part": "",
        "shared_intention_part": "",
        "preparation": "",
        "readiness_decision": "",
    },
    "sessions": {"medicine_session": ""},
    "integration": {
        "journey": "",
        "check_in": "",
        "safety_concern": "",
        "journal_entry": "",
        "journal_snapshot": "",
    },
    "notify": {"alert": "", "contact_point": "DELETE"},
    "gateway": {},
}
"""Service → table → which changes by workers; "": all."""

# Deferred: it looks just before the commit. Of a worker it finds only rows that this very transaction has written, of
# this very record; the application can't read them, so of a request the insert itself leaves a mark in the transaction.
_WATCH = """
CREATE OR REPLACE FUNCTION audit_watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF session_user NOT LIKE '%_worker' THEN
    RETURN NULL;  -- before the next: the application may not read what it asks
  END IF;
  IF NOT EXISTS (
    SELECT 1 FROM audit_row WHERE kind = TG_TABLE_NAME AND record_id = coalesce(NEW.id, OLD.id)
    AND roles = 'worker' AND xmin = pg_current_xact_id()::xid
  ) THEN
    RAISE EXCEPTION 'a worker changed a record of % and wrote nothing down', TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION audit_watch_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF session_user LIKE '%_app' AND coalesce(current_setting('watch.written', true), '') = '' THEN
    RAISE EXCEPTION 'a request changed a record of % and wrote nothing down', TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION audit_watch_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('watch.written', 'yes', true);
  RETURN NULL;
END $$
"""


@contextmanager
def watched(world: World, service: str) -> Iterator[None]:
    """Within this, no worker of the service changes anything in silence."""
    with _functions(world, service) as owner:
        for table, acts in WATCHED[service].items():
            _watch(owner, table, acts)
        try:
            yield
        finally:
            for table in WATCHED[service]:
                owner.execute(f"DROP TRIGGER audit_watch ON {table}")  # type: ignore[arg-type]


@contextmanager
def requests_watched(world: World, service: str, tables: set[str]) -> Iterator[None]:
    """Within this, no request to the service changes any of these tables in silence."""
    with _functions(world, service) as owner:
        owner.execute(
            "CREATE TRIGGER audit_watch_written AFTER INSERT ON audit_row FOR EACH ROW WHEN (NEW.act <> 'read')"
            " EXECUTE FUNCTION audit_watch_written()"
        )
        for table in sorted(tables):
            _watch(owner, table, "", "audit_watch_request")
        try:
            yield
        finally:
            owner.execute("DROP TRIGGER audit_watch_written ON audit_row")
            for table in sorted(tables):
                owner.execute(f"DROP TRIGGER audit_watch_request ON {table}")  # type: ignore[arg-type]


@contextmanager
def _functions(world: World, service: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(world.owner_urls[service], autocommit=True) as owner:
        owner.execute(_WATCH)
        try:
            yield owner
        finally:
            owner.execute("DROP FUNCTION audit_watch, audit_watch_request, audit_watch_written")


def _watch(owner: psycopg.Connection[Any], table: str, acts: str, function: str = "audit_watch") -> None:
    owner.execute(
        f"CREATE CONSTRAINT TRIGGER {function} AFTER {acts or 'INSERT OR UPDATE OR DELETE'} ON {table}"  # type: ignore[arg-type]
        f" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {function}()"
    )
