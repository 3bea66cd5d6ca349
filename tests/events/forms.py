"""Forms that an event may take: real definitions, and schemas that say what no definition of ours can say yet."""

import copy
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.events.base import EVENTS, Event, event
from shared.events.json_schema import json_schema


class Two(StrEnum):
    """An enumeration of two."""

    EARLY = "early"
    LATE = "late"


class Three(StrEnum):
    """The same with one more."""

    EARLY = "early"
    LATE = "late"
    NEVER = "never"


@dataclass(frozen=True)
class Form:
    """One form of an event: its schema, and the definition it was read off if there is one."""

    schema: dict[str, Any]
    definition: type[Event] | None = None


def define(
    *,
    name: str = "Told",
    owner: str = "intake",
    consumers: tuple[str, ...] = ("notify",),
    key: str | None = "couple_id",
    needs_order: bool = True,
    about: str = "Something was told.",
    **fields: Any,
) -> type[Event]:
    """A definition made as every other, but not left among them. A field is its type, or (type, default)."""
    typed = {field: what if isinstance(what, tuple) else (what,) for field, what in fields.items()}
    body: dict[str, Any] = {field: what[1] for field, what in typed.items() if len(what) == 2}
    body["__annotations__"] = {"couple_id": UUID, "person_id": UUID} | {f: w[0] for f, w in typed.items()}
    body["__doc__"] = about
    made: type[Event] = event(owner=owner, consumers=consumers, key=key, needs_order=needs_order)(
        type(name, (Event,), body)
    )
    del EVENTS[made.TYPE]
    return made


def told(**what: Any) -> Form:
    """The form that a definition gives (see `define`)."""
    definition = define(**what)
    return Form(json_schema(definition), definition)


def with_field(name: str, field: dict[str, Any]) -> Form:
    """A form with a required field that only JSON Schema can describe."""
    schema = copy.deepcopy(told().schema)
    schema["properties"][name] = field
    schema["required"] = sorted([*schema["required"], name])
    return Form(schema)


def opened(form: Form) -> Form:
    """The same, by a writer that may send fields of any name."""
    return Form({**form.schema, "additionalProperties": True})


KINDS: tuple[Any, ...] = (
    UUID,
    datetime,
    int,
    bool,
    Two,
    Three,
    tuple[UUID, ...],
    tuple[Two, ...],
    tuple[Three, ...],
)
