"""What a service does with its vault before it begins: erase again what a restore brought back, try the keys.

A wrong key would else look like a good start, and every private word like a broken one.
"""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from shared.db.plumbing import data_key
from shared.db.tenancy import Database, Scope
from shared.settings import Settings
from shared.vault.data_keys import Holder
from shared.vault.erasing import apply_erasure
from shared.vault.ledger import Erasure, ErasureLedger, LedgerDamaged
from shared.vault.providers import KeyProvider, KeyUnknown, LocalKeys
from shared.vault.sealing import SealBroken
from shared.vault.vault import Vault

_SAMPLE = 20
_AT_ONCE = 1000  # erasures that are asked for in one statement


class VaultShut(Exception):
    """The service must not start; the text is one plain line for whoever runs it."""


def vault_of(settings: Settings) -> Vault:
    """The vault of one service by its settings. Nothing is read yet."""
    keys = LocalKeys(settings.vault_key, settings.vault_keys_before)
    return Vault(keys, ledger_at(settings.erasures_file))


def ledger_at(path: Path | None) -> ErasureLedger | None:
    return None if path is None else ErasureLedger(path)


def open_vault(service: str, database: Database, vault: Vault) -> int:
    """Apply the ledger again and try the keys, in the worker's role. Returns how many erasures were undone until now.

    Raises VaultShut, and the database's own errors.
    """
    with database.transaction(Scope(role="worker")) as db:
        applied = 0
        if vault.ledger is not None:
            try:
                applied = reapply(db, vault.ledger.read())
            except (LedgerDamaged, OSError) as error:
                raise VaultShut(
                    f"the erasures of {service} can't be applied again: {_said(error)}"
                ) from error
        try_keys(db, service, vault.provider)
        return applied


def reapply(db: Session, erasures: Iterable[Erasure]) -> int:
    """Destroy again what should be destroyed; how many were not. In the worker's role: across all practices."""
    left, applied = iter(erasures), 0
    while some := {_holder(one): one for one in islice(left, _AT_ONCE)}:
        for holder in some.keys() - _destroyed(db, some):
            apply_erasure(db, some[holder])
            applied += 1
    return applied


def _holder(erasure: Erasure) -> Holder:
    return Holder(erasure.practice_id, erasure.owner_id, erasure.data_class)


def _destroyed(db: Session, holders: Iterable[Holder]) -> set[Holder]:
    """Those of them whose keys are all gone, asked for in one statement."""
    table = data_key.c
    whose = (table.practice_id, table.owner_id, table.data_class)
    named = [(one.practice_id, one.owner_id, one.data_class) for one in holders]
    gone = (
        select(*whose)
        .where(tuple_(*whose).in_(named))
        .group_by(*whose)
        .having(func.bool_and(table.wrapped.is_(None)))
    )
    return {Holder(*row) for row in db.execute(gone)}


def try_keys(db: Session, service: str, provider: KeyProvider) -> None:
    """Unwrap the newest data key of each key-encryption key's, and a sample. Raises VaultShut when one doesn't."""
    table = data_key.c
    whole = table.wrapped.is_not(None)
    named = db.scalars(select(table.wrapped_by).where(whole).group_by(table.wrapped_by)).all()
    for name in named:
        if not provider.knows(name):
            raise VaultShut(
                f"the vault of {service} stays shut: words there are sealed under the key {name}, but ATTUNE_VAULT_KEY"
                f" is {provider.current} and ATTUNE_VAULT_KEYS_BEFORE does not hold it: set the right key"
            )
    newest = [
        select(table.id).where(whole, table.wrapped_by == name).order_by(table.made_at.desc()).limit(1)
        for name in named
    ]
    some = select(table.id).where(whole).order_by(func.random()).limit(_SAMPLE)
    for chosen in (*newest, some):
        for row in db.execute(select(data_key).where(table.id.in_(chosen))):
            try:
                context = Holder(row.practice_id, row.owner_id, row.data_class).context(row.id)
                provider.unwrap(row.wrapped_by, row.wrapped, context)
            except (KeyUnknown, SealBroken) as error:
                raise VaultShut(
                    f"the vault of {service} stays shut: the data key {row.id} does not open under the key"
                    f" {row.wrapped_by}: its row was changed, or restored in part"
                ) from error


def _said(error: Exception) -> str:
    return str(error.strerror if isinstance(error, OSError) else error)
