"""Do the services' logins own nothing, and do the walls between practices hold for them?"""

from collections.abc import Iterator

import psycopg

from deploy.local.databases import role_of
from deploy.local.doctor.finding import Finding, fail, ok
from deploy.local.doctor.place import Place
from shared.db import plumbing

_PRIVILEGED = (
    "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)"
    " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)"
)
_MISSING = "SELECT wanted FROM unnest(%s::text[]) wanted WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted)"
_OWNS = (
    "SELECT DISTINCT r.rolname FROM pg_class c JOIN pg_roles r ON pg_has_role(r.oid, c.relowner, 'MEMBER')"
    " WHERE c.relnamespace = 'public'::regnamespace AND r.rolname = ANY(%s)"
)
_OPEN = (
    "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
    " AND NOT (c.relrowsecurity AND c.relforcerowsecurity) AND c.relname <> ALL(%s) ORDER BY 1"
)
_NEVER_WALLED = ["alembic_version", *plumbing.UNWALLED]


def check_roles(place: Place) -> Iterator[Finding]:
    for service in place.access.services:
        try:
            with psycopg.connect(place.access.worker_urls[service], connect_timeout=5) as connection:
                found = list(_of(service, connection))
        except psycopg.Error:
            continue  # the databases' check says so
        yield from found or [ok("roles", f"{service}: its logins own nothing, and every wall stands")]


def _of(service: str, connection: psycopg.Connection) -> Iterator[Finding]:
    roles = [role_of(service, kind) for kind in ("app", "worker")]
    again = "run attune up, or the set-up of databases and roles, again"
    for (name,) in connection.execute(_MISSING, (roles,)):
        yield fail("roles", f"the role {name} is missing", again)
    for (name,) in connection.execute(_PRIVILEGED, (roles,)):
        yield fail(
            "roles",
            f"the role {name} has rights that step over the walls between practices",
            f"ALTER ROLE {name} NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION",
        )
    for (name,) in connection.execute(_OWNS, (roles,)):
        yield fail(
            "roles",
            f"the role {name} owns tables of {service}, or is a member of their owner",
            f"give the tables to {role_of(service, 'owner')} (ALTER TABLE … OWNER TO), or take the membership away",
        )
    for (name,) in connection.execute(_OPEN, (_NEVER_WALLED,)):
        yield fail(
            "roles",
            f"the table {name} of {service} has no forced row-level security",
            f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; then ask who switched it off",
        )
