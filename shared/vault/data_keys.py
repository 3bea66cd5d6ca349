"""One data key per owner and class of data: made on first use, kept wrapped in `data_key`, destroyed to erase.

A transaction reads each owner's rows once. Unwrapped keys are remembered by their wrapped bytes, which are gone
from the row that a destruction emptied: nothing opens after the commit that destroyed it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.db.plumbing import data_key
from shared.db.tenancy import practice_of
from shared.errors import WordsErased
from shared.ids import new_id
from shared.vault.providers import KeyProvider
from shared.vault.sealing import KEY, SealBroken, framed

_REMEMBERED = 4096
_INFO = "data_keys"


@dataclass(frozen=True)
class Holder:
    """Whose key it is, and for which class of data."""

    practice_id: UUID
    owner_id: UUID
    data_class: str

    @classmethod
    def here(cls, db: Session, owner_id: UUID, data_class: str) -> "Holder":
        """In the practice of this transaction."""
        return cls(practice_of(db), owner_id, data_class)

    def rows(self) -> ColumnElement[bool]:
        """This holder's rows. The practice is named: a worker sees those of all."""
        table = data_key.c
        return (
            (table.practice_id == self.practice_id)
            & (table.owner_id == self.owner_id)
            & (table.data_class == self.data_class)
        )

    def context(self, key_id: UUID) -> bytes:
        """What a wrapped key is bound to: moved to another row it does not unwrap."""
        return framed(str(self.practice_id), str(self.owner_id), self.data_class, str(key_id))


@dataclass(frozen=True)
class _Kept:
    id: UUID
    wrapped: bytes | None  # None: destroyed
    wrapped_by: str


class DataKeys:
    """Finds, makes and unwraps data keys for transactions of one process."""

    def __init__(self, provider: KeyProvider) -> None:
        self._provider = provider
        self._unwrap = lru_cache(_REMEMBERED)(provider.unwrap)

    def newest(self, db: Session, holder: Holder) -> tuple[int, bytes]:
        """Generation and key that seal from now on; made when there is none. Raises WordsErased."""
        kept = _read(db, holder)
        if not kept:
            self._make(db, holder, 1)
            kept = _read(db, holder)
        generation = max(kept)
        return generation, self._opened(holder, kept[generation])

    def of(self, db: Session, holder: Holder, generation: int) -> bytes:
        """The key of one generation. Raises WordsErased, SealBroken when there never was such a key."""
        kept = _read(db, holder).get(generation)
        if kept is None:
            raise SealBroken
        return self._opened(holder, kept)

    def is_there(self, db: Session, holder: Holder) -> bool:
        """Whether there is a key, and it was not destroyed."""
        kept = _read(db, holder)
        return bool(kept) and kept[max(kept)].wrapped is not None

    def renew(self, db: Session, holder: Holder) -> int:
        """Begin a new generation: each record moves to it with its next write. Raises WordsErased."""
        # The first row stands for them all: a destruction takes it first, so none can slip in beside it.
        first = select(data_key.c.id).where(holder.rows(), data_key.c.generation == 1).with_for_update()
        if db.connection().execute(first).first() is None:
            return self.newest(db, holder)[0]
        forget(db, holder)
        generation, _ = self.newest(db, holder)
        self._make(db, holder, generation + 1)
        return generation + 1

    def _make(self, db: Session, holder: Holder, generation: int) -> None:
        """Of two transactions that make the same key, one waits for the other and takes its key."""
        key_id = new_id()
        row = {
            "id": key_id,
            "practice_id": holder.practice_id,
            "owner_id": holder.owner_id,
            "data_class": holder.data_class,
            "generation": generation,
            "wrapped": self._provider.wrap(os.urandom(KEY), holder.context(key_id)),
            "wrapped_by": self._provider.current,
        }
        db.connection().execute(insert(data_key).values(row).on_conflict_do_nothing())
        forget(db, holder)

    def _opened(self, holder: Holder, kept: _Kept) -> bytes:
        if kept.wrapped is None:
            raise WordsErased
        return self._unwrap(kept.wrapped_by, kept.wrapped, holder.context(kept.id))


def forget(db: Session, holder: Holder | None = None) -> None:
    """Read the holder's rows (or everybody's) anew when they are needed next in this transaction."""
    if holder is None:
        db.info.pop(_INFO, None)
    else:
        db.info.get(_INFO, {}).pop(holder, None)


def _read(db: Session, holder: Holder) -> Mapping[int, _Kept]:
    """The holder's keys by generation."""
    known: dict[Holder, dict[int, _Kept]] = db.info.setdefault(_INFO, {})
    if holder not in known:
        table = data_key.c
        # By the connection: the session would first flush rows that still wait for their sealed words.
        found = db.connection().execute(
            select(table.generation, table.id, table.wrapped, table.wrapped_by).where(holder.rows())
        )
        known[holder] = {one.generation: _Kept(one.id, one.wrapped, one.wrapped_by) for one in found}
    return known[holder]
