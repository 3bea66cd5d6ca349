"""Column makers that name the class of data they hold; a test fails on a column without one.

public: texts, kinds of session. contact: names, addresses. clinical: answers, journals, notes, reasons
(sealed in the vault). plumbing: ids, times, states.
"""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Dialect,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, declared_attr, mapped_column

from shared.vault.sealing import Ciphertext

DATA_CLASSES = ("public", "contact", "clinical", "plumbing")
_CURRENT_PRACTICE = text("nullif(current_setting('app.practice', true), '')::uuid")


def public(*args: Any, **kw: Any) -> MappedColumn[Any]:
    """A column of texts that anybody may read."""
    return mapped_column(*args, info={"data_class": "public"}, **kw)


def contact(*args: Any, **kw: Any) -> MappedColumn[Any]:
    """A column of names or addresses: searchable, under row-level security."""
    return mapped_column(*args, info={"data_class": "contact"}, **kw)


class Sealed(TypeDecorator[bytes]):
    """Bytes that the vault sealed: anything else is refused before it gets near the database."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        if value is not None and not isinstance(value, Ciphertext):
            raise TypeError("a clinical column takes only what the vault has sealed")
        return value

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        return None if value is None else Ciphertext(value)


def clinical(*args: Any, key_class: str = "clinical", **kw: Any) -> MappedColumn[Any]:
    """A column of a person's private words or answers: only ever sealed bytes.

    Its row is a `shared.db.private.Private`. `key_class` names which of the owner's keys seals it: one key per
    owner and class, and each class can be erased by itself.
    """
    return mapped_column(Sealed, *args, info={"data_class": "clinical", "key_class": key_class}, **kw)


def plumbing(*args: Any, **kw: Any) -> MappedColumn[Any]:
    """A column of ids, times and states."""
    return mapped_column(*args, info={"data_class": "plumbing"}, **kw)


class Rows(DeclarativeBase):
    """Base of every service's own `Base`, which gets metadata of its own: services share no table."""

    __abstract__ = True
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: TIMESTAMP(timezone=True),
        UUID: Uuid(),
        int: BigInteger(),
        str: Text(),
        list[UUID]: ARRAY(Uuid()),
        list[str]: ARRAY(Text()),
        bytes: LargeBinary(),
    }

    def __init_subclass__(cls, **kw: Any) -> None:
        # Each service's `Base` gets tables of its own: two services may name a table alike.
        if Rows in cls.__bases__ and "metadata" not in cls.__dict__:
            cls.metadata = MetaData()
        super().__init_subclass__(**kw)


class OfPractice:
    """Every row has its practice. It is filled from the transaction's own setting, so code can't forget it."""

    @declared_attr
    def practice_id(cls) -> Mapped[UUID]:  # noqa: N805
        return plumbing(server_default=_CURRENT_PRACTICE, nullable=False)


class Versioned:
    """A row whose version is its ETag; SQLAlchemy checks it on every update."""

    version: Mapped[int] = plumbing(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.version}
