"""Another key-encryption key: data keys are wrapped anew, batch by batch; what they sealed stays as it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from shared.db.plumbing import data_key
from shared.vault.data_keys import Holder
from shared.vault.providers import KeyProvider

BATCH = 500


@dataclass(frozen=True)
class Standing:
    """How many data keys lie under which key-encryption key, and how many were destroyed."""

    by_name: Mapping[str, int]
    destroyed: int


def standing(db: Session) -> Standing:
    """Across all practices, so in the worker's role."""
    table = data_key.c
    counted = db.execute(
        select(table.wrapped_by, func.count().label("keys"))
        .where(table.wrapped.is_not(None))
        .group_by(table.wrapped_by)
        .order_by(table.wrapped_by)
    )
    destroyed = db.scalar(select(func.count()).select_from(data_key).where(table.wrapped.is_(None)))
    return Standing({one.wrapped_by: one.keys for one in counted}, destroyed or 0)


def rewrap_batch(db: Session, provider: KeyProvider, *, limit: int = BATCH) -> int:
    """Wrap up to `limit` data keys by the current key; how many were. 0: none is left to do.

    Run again after any interruption it goes on where it was. Raises KeyUnknown, SealBroken.
    """
    table = data_key.c
    rows = db.execute(
        select(data_key)
        .where(table.wrapped.is_not(None), table.wrapped_by != provider.current)
        .order_by(table.id)
        .limit(limit)
        .with_for_update()  # a destruction meanwhile is waited for, and then left as it is
    ).all()
    anew = []
    for row in rows:
        context = Holder(row.practice_id, row.owner_id, row.data_class).context(row.id)
        plain = provider.unwrap(row.wrapped_by, row.wrapped, context)
        anew.append({"key_id": row.id, "under": provider.wrap(plain, context)})
    if anew:
        db.connection().execute(
            update(data_key)
            .where(table.id == bindparam("key_id"))
            .values(wrapped=bindparam("under"), wrapped_by=provider.current),
            anew,
        )
    return len(anew)
