"""Can each database be reached, is it new enough, and does it have what this program needs?"""

from collections.abc import Iterator

import psycopg
from sqlalchemy import MetaData

from deploy.local.doctor.finding import Finding, fail, ok
from deploy.local.doctor.place import Place
from deploy.local.events.access import models_of
from shared.db import plumbing

OLDEST = 15
# The catalogue shows every column to every role, where a table's revision is its owner's to read.
_COLUMNS = (
    "SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
    " WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped"
)


def check_databases(place: Place) -> Iterator[Finding]:
    for service in place.access.services:
        yield _of(service, place.access.worker_urls[service], place)


def _of(service: str, url: str, place: Place) -> Finding:
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            server = connection.info.server_version // 10000
            there = {str(row[0]) for row in connection.execute(_COLUMNS)}
    except psycopg.Error:
        return fail("databases", f"the database of {service} can't be reached", place.access.down(service))
    if server < OLDEST:
        return fail(
            "databases", f"{service} lies on PostgreSQL {server}", f"move it to PostgreSQL {OLDEST} or later"
        )
    missing = sorted(needed(service) - there)
    if missing:
        return fail(
            "databases",
            f"the database of {service} lacks {len(missing)} columns of this version, {missing[0]} first",
            f"run attune migrate {service} (on one machine attune up does it), then start its processes",
        )
    return ok("databases", f"{service}: PostgreSQL {server}, everything this version needs is there")


def needed(service: str) -> set[str]:
    """Every table and column that this program's models name."""
    own: MetaData = models_of(service).metadata
    return {
        f"{table.name}.{column.name}"
        for tables in (own, plumbing.metadata)
        for table in tables.tables.values()
        for column in table.columns
    }
