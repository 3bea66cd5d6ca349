"""Sessions's tables."""

from shared.db.columns import Rows


class Base(Rows):
    """Sessions's own metadata."""

    __abstract__ = True
