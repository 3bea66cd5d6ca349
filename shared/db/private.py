"""Rows with private words: `row.seal(db, "text", words)` and `row.unseal(db, "text")`, in every service alike."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Column, inspect, select
from sqlalchemy.orm import Session

from shared.db.columns import OfPractice
from shared.db.tenancy import practice_of
from shared.errors import WordsErased
from shared.vault import Place, SealBroken, Vault


class Private(OfPractice):
    """A row whose clinical columns are sealed for this very row, and go with their owner's key.

    The row has an `id`, and it and the owner must be set before anything is sealed.
    """

    OWNED_BY: ClassVar[str] = "person_id"
    """The column that names whose words these are: who loses them when that one's key is destroyed."""

    OF_PERSON: ClassVar[str | None] = None
    """Where the owner is no person: the column that names the person all the same, once that is known."""

    def seal(self, db: Session, field: str, words: str | None) -> None:
        """Put words into a clinical column. Raises WordsErased when their owner's key was destroyed.

        What else the row holds under an older key is sealed anew with it.
        """
        vault: Vault = db.info["vault"]
        column = self._column(field)
        place, data_class = self._place(db, field), _class_of(column)
        setattr(self, field, None if words is None else vault.seal(db, words, place, data_class))
        for other in _sealed_columns(type(self)):
            sealed: bytes | None = getattr(self, other.key)
            if other.key == field or sealed is None:
                continue
            place, data_class = self._place(db, other.key), _class_of(other)
            with suppress(
                SealBroken
            ):  # that is told when it is read; it must not keep this from being written
                if not vault.is_newest(db, sealed, place, data_class):
                    again = vault.open(db, sealed, place, data_class)
                    setattr(self, other.key, vault.seal(db, again, place, data_class))

    def unseal(self, db: Session, field: str) -> str | None:
        """The words of a clinical column, None where it is empty. Raises WordsErased, SealBroken."""
        vault: Vault = db.info["vault"]
        data_class = _class_of(self._column(field))
        sealed: bytes | None = getattr(self, field)
        return None if sealed is None else vault.open(db, sealed, self._place(db, field), data_class)

    def shown(self, db: Session, field: str) -> str | None:
        """As `unseal`, but what was erased shows as empty: one person's erasure must not break a list."""
        try:
            return self.unseal(db, field)
        except WordsErased:
            return ""

    def _place(self, db: Session, field: str) -> Place:
        record_id: UUID | None = self.id  # type: ignore[attr-defined]
        owner_id: UUID | None = getattr(self, self.OWNED_BY)
        if record_id is None or owner_id is None:
            raise LookupError(f"a {type(self).__name__} needs its id and its owner before words are sealed")
        table: str = type(self).__tablename__  # type: ignore[attr-defined]
        return Place(practice_of(db), owner_id, table, record_id, field)

    def _column(self, field: str) -> Column[Any]:
        for column in _sealed_columns(type(self)):
            if column.key == field:
                return column
        raise LookupError(f"{type(self).__name__}.{field} is no clinical column")


def _sealed_columns(of: type[Private]) -> Sequence[Column[Any]]:
    return [column for column in inspect(of).columns if column.info.get("data_class") == "clinical"]


def _class_of(column: Column[Any]) -> str:
    key_class: str = column.info["key_class"]
    return key_class


def owners_of(db: Session, base: type[Any], person_id: UUID) -> list[UUID]:
    """Under whose keys one person's own words lie in a service: the person, and what is theirs (contact points)."""
    found = [person_id]
    for of in (mapper.class_ for mapper in base.registry.mappers):
        if issubclass(of, base) and issubclass(of, Private) and of.OF_PERSON is not None:
            owner, person = getattr(of, of.OWNED_BY), getattr(of, of.OF_PERSON)
            found.extend(db.scalars(select(owner).where(person == person_id)))
    return found
