"""Databases and roles: one database per service and one for the embedded event log, nobody's role in two.

Per service an owner (migrations), an application role and a worker role. The latter two own nothing and
can't bypass row-level security. Everything here may run again at every start.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from deploy.local.errors import UserError
from shared.database_url import with_password
from shared.settings import SERVICES

EVENTS = "events"
CONNECT_S = 5
KINDS = ("owner", "app", "worker")
_UNPRIVILEGED = sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")


def database_of(area: str) -> str:
    """The database of a service, or of the event log (`events`)."""
    return f"attune_{area}"


def role_of(area: str, kind: str) -> str:
    """The name of a role: kind is owner, app or worker."""
    return f"attune_{area}_{kind}"


def with_login(admin_url: str, *, database: str, user: str, password: str) -> str:
    """The same server as `admin_url`, another database and login."""
    parts = urlsplit(admin_url)
    place = parts.netloc.rpartition("@")[2]
    netloc = f"{quote(user, safe='')}@{place}"
    url = urlunsplit((parts.scheme, netloc, f"/{quote(database, safe='')}", parts.query, ""))
    return with_password(url, password)


def prepare(
    admin_url: str, password: Callable[[str], str], *, is_ours_alone: bool, with_events: bool
) -> None:
    """Create what is missing and set passwords and rights anew.

    `is_ours_alone`: the server is the embedded one, so the databases it was born with are closed to our roles
    too (on a shared server they are not ours to change). Raises UserError when the server can't be reached or
    the login may not create databases and roles.
    """
    areas = [*SERVICES, EVENTS] if with_events else list(SERVICES)
    with _connected(admin_url) as admin:
        for area in areas:
            for kind in _kinds(area):
                _create_role(admin, role_of(area, kind), password(role_of(area, kind)))
            _create_database(admin, area)
        if is_ours_alone:
            for name in ("postgres", "template1"):
                admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
    for area in areas:
        with _connected(inside(admin_url, database_of(area))) as admin:
            _close_schema(admin, area)


def _kinds(area: str) -> tuple[str, ...]:
    return ("owner",) if area == EVENTS else KINDS


def _create_role(admin: psycopg.Connection, role: str, password: str) -> None:
    found = admin.execute(
        "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls"
        " FROM pg_roles WHERE rolname = %s",
        (role,),
    ).fetchone()
    # Taking a privilege away needs the superuser, so it is only asked for where there is one to take.
    attributes = sql.SQL("LOGIN") if found == (False,) else _UNPRIVILEGED
    # Hashed here: the words of a statement may end up in a server's log.
    hashed = admin.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    admin.execute(
        sql.SQL("{} ROLE {} {} PASSWORD {}").format(
            sql.SQL("ALTER" if found else "CREATE"), sql.Identifier(role), attributes, sql.Literal(hashed)
        )
    )


def locale_of(server_version: int) -> sql.SQL:
    """The same order of text on every server, whichever its own is, and after any update of its system's library.

    CloudNativePG, which may be first to make a database, orders alike unless told otherwise.
    """
    if server_version >= 170000:
        return sql.SQL("ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'")
    return sql.SQL("ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'")


def _create_database(admin: psycopg.Connection, area: str) -> None:
    database, owner = database_of(area), role_of(area, "owner")
    name = sql.Identifier(database)
    if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone():
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 {}").format(
                name, locale_of(admin.info.server_version)
            )
        )
    if admin.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() != (True,):
        # Whoever is no superuser must be a member of a role to give it something.
        admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(owner)))
    admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    roles = sql.SQL(", ").join(sql.Identifier(role_of(area, kind)) for kind in _kinds(area))
    admin.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, roles))


def _close_schema(admin: psycopg.Connection, area: str) -> None:
    owner = sql.Identifier(role_of(area, "owner"))
    # At once: a platform that runs meanwhile must at no moment be without its rights.
    with admin.transaction():
        admin.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        admin.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(owner))
        for kind in _kinds(area)[1:]:
            role = sql.Identifier(role_of(area, kind))
            admin.execute(sql.SQL("REVOKE ALL ON SCHEMA public FROM {}").format(role))
            admin.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))


def inside(admin_url: str, database: str) -> str:
    """The same login at another database of its server."""
    parts = urlsplit(admin_url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{database}", parts.query, ""))


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection]:
    """A connection that commits each statement; its failures as one line."""
    host = urlsplit(url).hostname or "its socket"
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_S)
    except psycopg.Error as error:
        raise UserError(f"the database at {host} can't be reached: {_line(error)}") from error
    try:
        yield connection
    except psycopg.Error as error:
        raise UserError(f"the database at {host} refused the set-up: {_line(error)}") from error
    finally:
        connection.close()


def _line(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error).strip().split("\n", 1)[0]
