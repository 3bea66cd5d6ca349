"""Statements by psycopg itself within a transaction of SQLAlchemy's: where a tenth of a millisecond counts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


@contextmanager
def directly(connection: Connection) -> Iterator[psycopg.Connection[Any]]:
    """The connection behind `connection`. Raises SQLAlchemy's errors, as its own execute does."""
    raw: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    try:
        yield raw
    except psycopg.Error as error:
        # If the connection is lost, SQLAlchemy learns it from the rollback that follows, and empties its pool.
        raise DBAPIError.instance(None, None, error, psycopg.Error, hide_parameters=True) from error
