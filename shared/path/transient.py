"""Which failures pass by themselves: they pause the path and are tried again; they never make a dead letter."""

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.errors import Unavailable
from shared.eventlog.interface import LogUnavailable

_SQLSTATES = (
    "08",  # connection
    "40",  # serialization failure, deadlock
    "53",  # resources: disk full, too many connections
    "55P03",  # lock not available
    "57",  # operator intervention: shutdown, cancelled
    "58",  # system error: I/O
)


def is_transient(error: BaseException) -> bool:
    """Whether trying the same again later can succeed without anybody changing code or data."""
    if isinstance(error, LogUnavailable | Unavailable | PoolTimeout | InterfaceError | ConnectionError):
        return True
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        state = getattr(error.orig, "sqlstate", None)
        if state is None:
            return isinstance(error, OperationalError)
        return str(state).startswith(_SQLSTATES)
    return False


def is_conflict(error: BaseException) -> bool:
    """A deadlock or a serialization failure: the same transaction may be tried again at once."""
    return isinstance(error, DBAPIError) and str(getattr(error.orig, "sqlstate", None)).startswith("40")
