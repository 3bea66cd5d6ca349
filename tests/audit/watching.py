"""The database itself watches: a worker's change of a record of care, without its audit row, can't commit."""

from collections.abc import Iterator
from contextlib import contextmanager

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
"""Service → table → which changes; "": all."""

# Deferred: it looks just before the commit, and finds only rows that this very transaction has written.
_WATCH = """
CREATE OR REPLACE FUNCTION audit_watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF session_user NOT LIKE '%_worker' THEN
    RETURN NULL;
  END IF;
  IF NOT EXISTS (
    SELECT 1 FROM audit_row WHERE kind = TG_TABLE_NAME AND record_id = coalesce(NEW.id, OLD.id)
    AND roles = 'worker' AND xmin = pg_current_xact_id()::xid
  ) THEN
    RAISE EXCEPTION 'a worker changed a record of % and wrote nothing down', TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$
"""


@contextmanager
def watched(world: World, service: str) -> Iterator[None]:
    """Within this, no worker of the service changes anything in silence."""
    tables = WATCHED[service]
    with psycopg.connect(world.owner_urls[service], autocommit=True) as owner:
        owner.execute(_WATCH)
        for table, acts in tables.items():
            owner.execute(
                f"CREATE CONSTRAINT TRIGGER audit_watch AFTER {acts or 'INSERT OR UPDATE OR DELETE'} ON {table}"  # type: ignore[arg-type]
                " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_watch()"
            )
        try:
            yield
        finally:
            for table in tables:
                owner.execute(f"DROP TRIGGER audit_watch ON {table}")  # type: ignore[arg-type]
            owner.execute("DROP FUNCTION audit_watch")
