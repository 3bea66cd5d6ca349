"""The post room: an address is kept, and a message to it handed in, by whoever may not look at it.

The desk invites a partner, an enquirer leaves an address, and neither reads a row of it afterwards: it is its owner's.
"""

from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

from shared.db.tenancy import seeing_as

POST_ROOM = "post_room"
"""A role of the database's walls (migration 0007). Nobody has it: a token with it is refused."""


def as_post_room(db: Session) -> AbstractContextManager[None]:
    """Within, the walls let pass what keeping an address and handing in an invitation takes. Shown are ids alone."""
    return seeing_as(db, POST_ROOM)
