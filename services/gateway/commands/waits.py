"""Slowing down whoever guesses: each try is counted before it is looked at, and uncounted when it was right.

Counts are kept in the database so that they hold across processes. From a device that its owner came in from lately,
an account's tries count for that device alone, and nothing that others do makes it wait: nobody is locked out by
somebody else's tries. All other tries count twice: per account and address, and per account from anywhere, against
many addresses, which lets more pass at first and then as little: two dozen tries a day don't find a code of six
digits. Waits double up to an hour. An account that does not exist is counted alike.

Partners share addresses. So a right try leaves the counts of address and anywhere as if it had never been: how
others' tries are answered must not tell that, or when, somebody signed in.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.gateway.models import Tries
from services.gateway.problems import TriedTooOften

ANYWHERE = b""
FREE_HERE, FREE_ANYWHERE = 5, 20
"""Tries without a wait: people mistype."""
LONGEST = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=1)
KNOWN_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Counted:
    """A try in one of the counts, and how it found it."""

    place: bytes
    at: datetime
    count: int
    count_before: int
    tried_before: datetime


def wait_after(count: int, *, free: int) -> timedelta:
    """How long the next try must wait after `count` without success: 1 s, 2 s, 4 s … once the free ones are used."""
    if count < free:
        return timedelta()
    return min(LONGEST, timedelta(seconds=2 ** min(count - free, 20)))


def count_try(
    db: Session, *, subject: bytes, device: bytes | None, address: bytes, at: datetime
) -> list[Counted]:
    """Count a try and commit it before it is looked at: those made at the same time all count. Raises TriedTooOften.

    `subject`, `device` and `address` are keyed hashes. One that comes too early is not counted, and not looked at.
    """
    db.execute(delete(Tries).where(Tries.tried_at < at - KNOWN_FOR))
    is_known = device is not None and _is_known(db, subject, device, at)
    places = [device] if device is not None and is_known else [address, ANYWHERE]
    rows = [_locked(db, subject, place, at) for place in places]
    wait_s = max(math.ceil((row.next_at - at).total_seconds()) for row in rows)
    if wait_s > 0:
        raise TriedTooOften(wait_s)
    return [_count(row, at) for row in rows]


def uncount_try(db: Session, *, subject: bytes, counted: list[Counted]) -> None:
    """The try was right: its counts are as they would be without it."""
    for one in counted:
        row = _locked(db, subject, one.place, one.at)
        if (row.count, row.tried_at) == (one.count, one.at):
            row.count, row.tried_at, row.next_at = one.count_before, one.tried_before, one.at
        else:  # others tried in between: theirs stay
            row.count = max(0, row.count - 1)
            row.next_at = min(row.next_at, row.tried_at + wait_after(row.count, free=_free(one.place)))


def know_device(db: Session, *, subject: bytes, device: bytes, at: datetime) -> None:
    """The account's owner came in from this device: its tries start from nothing, and count for it alone."""
    fresh = {"count": 0, "next_at": at, "tried_at": at, "came_in_at": at}
    row = insert(Tries).values(subject_hash=subject, address_hash=device, **fresh)
    key = [Tries.practice_id, Tries.subject_hash, Tries.address_hash]
    db.execute(row.on_conflict_do_update(index_elements=key, set_=fresh))


def _is_known(db: Session, subject: bytes, device: bytes, at: datetime) -> bool:
    came_in_at = db.scalars(
        select(Tries.came_in_at).filter_by(subject_hash=subject, address_hash=device)
    ).one_or_none()
    return came_in_at is not None and at < came_in_at + KNOWN_FOR


def _count(row: Tries, at: datetime) -> Counted:
    before = row.count, row.tried_at
    row.count = 1 if row.tried_at < at - FORGOTTEN_AFTER else row.count + 1
    row.tried_at = at
    row.next_at = at + wait_after(row.count, free=_free(row.address_hash))
    return Counted(row.address_hash, at, row.count, *before)


def _free(place: bytes) -> int:
    return FREE_ANYWHERE if place == ANYWHERE else FREE_HERE


def _locked(db: Session, subject: bytes, place: bytes, at: datetime) -> Tries:
    here = {"subject_hash": subject, "address_hash": place}
    first = insert(Tries).values(**here, count=0, next_at=at, tried_at=at)
    db.execute(first.on_conflict_do_nothing())
    statement = select(Tries).filter_by(**here).with_for_update()
    return db.scalars(statement.execution_options(populate_existing=True)).one()
