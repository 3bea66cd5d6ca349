"""Integration's tables."""

from shared.db.columns import Rows


class Base(Rows):
    """Integration's own metadata."""

    __abstract__ = True
