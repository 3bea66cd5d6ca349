"""Gateway's tables."""

from shared.db.columns import Rows


class Base(Rows):
    """Gateway's own metadata."""

    __abstract__ = True
