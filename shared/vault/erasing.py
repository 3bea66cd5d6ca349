"""Erasing by destroying a data key: the row stays as a tombstone, so that no later write makes a new key."""

from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.clock import Clock, utcnow
from shared.db.plumbing import data_key
from shared.ids import new_id
from shared.vault.data_keys import Holder, forget
from shared.vault.ledger import Erasure
from shared.vault.vault import Vault

NO_KEY = "none"
"""What a tombstone says of the key that wrapped it, when its owner never had one."""


def destroy_key(db: Session, owner_id: UUID, data_class: str) -> None:
    """What this owner's key of this class sealed in this practice never opens again, once this commits.

    Doing it twice is harmless. The ledger has it before the commit: after a crash in between it is applied at the
    next start, for it was asked for.
    """
    vault: Vault = db.info["vault"]
    clock: Clock = db.info.get("clock", utcnow)
    erasure = Erasure(Holder.here(db, owner_id, data_class).practice_id, owner_id, data_class, clock())
    apply_erasure(db, erasure)
    if (ledger := vault.ledger) is not None:
        db.info["before_commit"].append(lambda _: ledger.append([erasure]))


def apply_erasure(db: Session, erasure: Erasure) -> bool:
    """Empty the holder's rows, in whatever practice; whether a key was still there."""
    holder = Holder(erasure.practice_id, erasure.owner_id, erasure.data_class)
    table = data_key.c
    connection = db.connection()
    tombstone = insert(data_key).values(
        id=new_id(),
        practice_id=erasure.practice_id,
        owner_id=erasure.owner_id,
        data_class=erasure.data_class,
        generation=1,
        wrapped=None,
        wrapped_by=NO_KEY,
        destroyed_at=erasure.at,
    )
    # The first generation's row is taken first, even one that is only being made: `DataKeys.renew` does the same.
    connection.execute(
        tombstone.on_conflict_do_update(
            index_elements=[table.practice_id, table.owner_id, table.data_class, table.generation],
            set_={"destroyed_at": func.coalesce(table.destroyed_at, tombstone.excluded.destroyed_at)},
        )
    )
    emptied = connection.execute(
        update(data_key)
        .where(holder.rows(), table.wrapped.is_not(None))
        .values(wrapped=None, destroyed_at=func.coalesce(table.destroyed_at, erasure.at))
    )
    forget(db, holder)
    return emptied.rowcount > 0
