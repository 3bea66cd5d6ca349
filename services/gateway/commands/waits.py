"""Slowing down whoever guesses: each try is counted before it is looked at, and forgotten when it was right.

Two counts, kept in the database so that they hold across processes: one per account and address, whose waits
double up to an hour, and one per account from anywhere, against many addresses, which lets more pass at first and
then as little: two dozen tries a day don't find a code of six digits. Whoever signed in lately from an address does
not wait there for what others do elsewhere: nobody is locked out by somebody else's tries. An account that does not
exist is counted alike.
"""

import math
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.gateway.models import Tries
from services.gateway.problems import TriedTooOften

ANYWHERE = b""
FREE_HERE, FREE_ANYWHERE = 5, 20
"""Tries without a wait: people mistype."""
LONGEST_HERE, LONGEST_ANYWHERE = timedelta(hours=1), timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=1)
KNOWN_FOR = timedelta(days=30)


def wait_after(count: int, *, free: int, longest: timedelta) -> timedelta:
    """How long the next try must wait after `count` without success: 1 s, 2 s, 4 s … once the free ones are used."""
    if count < free:
        return timedelta()
    return min(longest, timedelta(seconds=2 ** min(count - free, 20)))


def count_try(db: Session, *, subject: bytes, address: bytes, at: datetime) -> None:
    """Count a try and commit it before it is looked at: those made at the same time all count. Raises TriedTooOften.

    `subject` and `address` are keyed hashes. One that comes too early is not counted, and not looked at.
    """
    db.execute(delete(Tries).where(Tries.tried_at < at - KNOWN_FOR))
    here = _locked(db, subject, address, at)
    is_known = here.came_in_at is not None and at < here.came_in_at + KNOWN_FOR
    counted = [(here, FREE_HERE, LONGEST_HERE)]
    if not is_known:
        counted.append((_locked(db, subject, ANYWHERE, at), FREE_ANYWHERE, LONGEST_ANYWHERE))
    wait_s = max(math.ceil((row.next_at - at).total_seconds()) for row, _, _ in counted)
    if wait_s > 0:
        raise TriedTooOften(wait_s)
    for row, free, longest in counted:
        row.count = 1 if row.tried_at < at - FORGOTTEN_AFTER else row.count + 1
        row.tried_at = at
        row.next_at = at + wait_after(row.count, free=free, longest=longest)
    db.flush()


def forget_tries(db: Session, *, subject: bytes, address: bytes, at: datetime) -> None:
    """The try was right: start from nothing here, and know the address. What others did elsewhere stays counted."""
    db.execute(
        update(Tries)
        .where(Tries.subject_hash == subject, Tries.address_hash == address)
        .values(count=0, next_at=at, tried_at=at, came_in_at=at)
    )


def _locked(db: Session, subject: bytes, address: bytes, at: datetime) -> Tries:
    here = {"subject_hash": subject, "address_hash": address}
    first = insert(Tries).values(**here, count=0, next_at=at, tried_at=at)
    db.execute(first.on_conflict_do_nothing())
    statement = select(Tries).filter_by(**here).with_for_update()
    return db.scalars(statement.execution_options(populate_existing=True)).one()
