"""Sessions' own metadata."""

from shared.db.columns import Rows


class Base(Rows):
    """Base of every table of sessions."""

    __abstract__ = True
