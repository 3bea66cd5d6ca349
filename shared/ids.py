"""Ids: time-ordered inside, random where a partner can see them."""

from uuid import UUID, uuid4

from uuid_utils.compat import uuid7

NIL = UUID(int=0)


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562) for rows and events: ordered by time, so indexes stay dense."""
    return uuid7()


def shown_id() -> UUID:
    """A UUIDv4 for what a partner's pages or links show: no order or count can be read from it."""
    return uuid4()
