"""Before a platform moves to Kafka: has every service applied what lies on the embedded log?"""

import importlib

import psycopg

from deploy.local.databases import EVENTS, database_of
from deploy.local.errors import UserError
from shared.settings import SERVICES

_EXISTS = "SELECT 1 FROM pg_database WHERE datname = %s"
_LOG_ID = "SELECT id FROM log_identity"
_POSITIONS = "SELECT topic, partition, next_offset FROM log_position WHERE log_id = %s"
# Ticks say nothing that a service could miss; their keys are all there is to tell them by here.
_LEFT = (
    "SELECT count(*) FROM log_record AS r"
    " LEFT JOIN unnest(%s::text[], %s::int[], %s::bigint[]) AS p (topic, part, next)"
    " ON p.topic = r.topic AND p.part = r.partition"
    " WHERE r.topic = ANY(%s) AND r.key NOT LIKE 'tick-%%'::bytea AND r.\"offset\" >= coalesce(p.next, 0)"
)


def check_drained(admin_url: str, url_of: "dict[str, str]") -> None:
    """Raises UserError when an event of the embedded log has not reached a service that handles it.

    `admin_url` is the server that may hold the embedded log; `url_of` the worker's URL of each service. A
    position belongs to its log (docs/decisions/0003), so on Kafka nobody would come back for such an event.
    """
    with psycopg.connect(admin_url) as admin:
        if admin.execute(_EXISTS, (database_of(EVENTS),)).fetchone() is None:
            return
    left = {service: _left(admin_url, service, url_of[service]) for service in SERVICES}
    behind = [f"{service} ({count})" for service, count in left.items() if count]
    if behind:
        raise UserError(
            f"the embedded log holds events that have not reached {', '.join(behind)}: start once without"
            " --kafka, wait until it is ready, stop it, then start with --kafka"
        )


def _left(admin_url: str, service: str, url: str) -> int:
    topics = list(importlib.import_module(f"services.{service}.worker").SPEC.handlers.topics())
    with psycopg.connect(admin_url, dbname=database_of(EVENTS)) as log:
        identity = log.execute(_LOG_ID).fetchone()
        if identity is None:
            return 0
        with psycopg.connect(url) as database:
            rows = database.execute(_POSITIONS, (str(identity[0]),)).fetchall()
        positions = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
        counted = log.execute(_LEFT, (*positions, topics)).fetchone()
    return int(counted[0]) if counted else 0
