"""Connections to the log's database, and its failures in the interface's words."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import psycopg
from psycopg.types.json import set_json_loads

from shared.eventlog.interface import LogUnavailable

# A stopped process must not keep a partition's head locked for good (docs/event-path.md, 8).
LONGEST_WAIT_MS = 5000
_OPTIONS = f"-c idle_in_transaction_session_timeout={LONGEST_WAIT_MS} -c lock_timeout={LONGEST_WAIT_MS}"


def connect(url: str, purpose: str) -> psycopg.Connection:
    """An autocommit connection. Transactions are asked for where they are needed."""
    connection = psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=5,
        application_name=application_name(purpose),
        options=_OPTIONS,
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
    )
    set_json_loads(msgspec.json.decode, connection)  # four times as fast
    return connection


def application_name(purpose: str) -> str:
    """What the server calls a connection of this purpose."""
    return f"attune-log {purpose}"[:63]


@contextmanager
def plainly() -> Iterator[None]:
    """Turn a lost connection, a server that is down or a lock that is held too long into LogUnavailable."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise LogUnavailable(f"the event log's database can't be used: {first_line}") from error
