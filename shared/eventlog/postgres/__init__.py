"""The event log as tables of a PostgreSQL database of its own: the default on one machine.

A partition is a row in `log_head` that holds its next offset. A writer locks the heads it needs, takes
consecutive offsets and commits them together with the records: so a reader that has seen offset n has
seen everything below n, which an identity column could not promise (docs/event-path.md, 8).
"""

from shared.eventlog.postgres.log import PostgresEventLog
from shared.eventlog.postgres.schema import create_schema

__all__ = ["PostgresEventLog", "create_schema"]
