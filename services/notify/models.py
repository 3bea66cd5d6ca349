"""Notify's tables."""

from shared.db.columns import Rows


class Base(Rows):
    """Notify's own metadata."""

    __abstract__ = True
