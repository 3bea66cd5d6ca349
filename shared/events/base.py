"""One definition per event: a frozen dataclass, its marshmallow schema derived from it. Strict out, tolerant in.

An event carries ids, times, enumerations, small numbers and booleans: the field types below are all there are,
so no word about a person can travel.
"""

import dataclasses
import json
import re
import types
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import (
    Any,
    ClassVar,
    Generic,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)
from uuid import UUID

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

from shared.fields import YesOrNo

ZONE_PATTERN = re.compile(r"[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+){0,2}")


class Zone(str):
    """An IANA zone name, the one string that may travel."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, in the past tense. Subclasses are made with `@event`."""

    OWNER: ClassVar[str]
    CONSUMERS: ClassVar[tuple[str, ...]]
    KEY: ClassVar[str | None]  # the field that orders it, usually couple_id; None: the practice
    NEEDS_ORDER: ClassVar[bool]  # False: it may pass events of its key that were put aside
    VERSION: ClassVar[int]
    TYPE: ClassVar[str]


E_co = TypeVar("E_co", bound=Event, covariant=True)
E_any = TypeVar("E_any", bound=Event)


@dataclasses.dataclass(frozen=True, slots=True)
class Received(Generic[E_co]):
    """An event as a handler gets it: the fact, and the envelope it came in."""

    event: E_co
    event_id: UUID
    practice_id: UUID
    occurred_at: datetime  # real time at which the owner recorded it
    traceparent: str | None = None


EVENTS: dict[str, type[Event]] = {}
"""Every event type by its full name, `attune.<owner>.<event>.v<n>`."""


class EventInvalid(Exception):
    """An event's content does not fit its definition."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(
    *, owner: str, consumers: tuple[str, ...], key: str | None, version: int = 1, needs_order: bool = True
) -> Callable[[type[E_any]], type[E_any]]:
    """Define an event: who owns it, which services listen, which field orders it.

    An event that warns somebody (`needs_order=False`) does not wait behind an earlier one of its key that was
    put aside: a bug elsewhere must never silence it.
    """

    def define(cls: type[E_any]) -> type[E_any]:
        made = dataclasses.dataclass(frozen=True, kw_only=True)(cls)
        made.OWNER, made.CONSUMERS, made.KEY, made.VERSION = owner, consumers, key, version
        made.NEEDS_ORDER = needs_order
        stem = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
        made.TYPE = f"attune.{owner}.{stem}.v{version}"
        if not (made.__doc__ or "").strip() or (made.__doc__ or "").startswith(f"{cls.__name__}("):
            raise TypeError(f"{cls.__name__} needs a description")
        if made.TYPE in EVENTS:
            raise TypeError(f"{made.TYPE} is defined twice")
        EVENTS[made.TYPE] = made
        return made

    return define


def topic_of(owner: str) -> str:
    """The one topic a service owns."""
    return f"attune.{owner}"


def key_of(fact: Event, practice_id: UUID) -> str:
    """What orders this event among others: its key field, or its practice."""
    return str(getattr(fact, fact.KEY) if fact.KEY else practice_id)


def encode(fact: Event) -> bytes:
    """The event's data as JSON, validated against its own definition. Raises EventInvalid."""
    schema = schema_of(type(fact))
    try:
        data = schema.dump(fact)
    except (ValueError, TypeError, AttributeError) as error:
        raise EventInvalid(f"{fact.TYPE}: {type(error).__name__}") from error
    problems = schema.validate(data)
    if problems:
        raise EventInvalid(f"{fact.TYPE}: {sorted(problems)}")
    return json.dumps(data, separators=(",", ":"), sort_keys=True).encode()


def decode(event_type: str, payload: bytes) -> Event:
    """The event of a payload; unknown fields are ignored. Raises EventInvalid, KeyError for an unknown type."""
    cls = EVENTS[event_type]
    try:
        data = json.loads(payload)
        loaded = schema_of(cls).load(data, unknown=EXCLUDE)
    except (ValueError, ValidationError) as error:
        raise EventInvalid(event_type) from error
    return cls(**loaded)


_SCHEMAS: dict[type[Event], Schema] = {}


def schema_of(cls: type[Event]) -> Schema:
    """The marshmallow schema derived from an event's fields, made once."""
    if cls not in _SCHEMAS:
        _SCHEMAS[cls] = _derive(cls)
    return _SCHEMAS[cls]


def _derive(cls: type[Event]) -> Schema:
    hints = get_type_hints(cls)
    made: dict[str, fields.Field[Any]] = {}
    for item in dataclasses.fields(cls):
        has_default = item.default is not dataclasses.MISSING
        made[item.name] = _field(hints[item.name], required=not has_default, default=item.default)
    schema_class: type[Schema] = type(f"{cls.__name__}Schema", (Schema,), made)
    return schema_class(unknown=RAISE)


class _Moment(fields.AwareDateTime):
    """An aware datetime, always written in UTC."""

    def _serialize(self, value: Any, attr: Any, obj: Any, **kw: Any) -> Any:
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError("naive datetime")
            value = value.astimezone(UTC)
        return super()._serialize(value, attr, obj, **kw)


class _Whole(fields.Integer):
    def __init__(self, **kw: Any) -> None:
        super().__init__(strict=True, **kw)


_SCALARS: Mapping[Any, Callable[..., fields.Field[Any]]] = {
    UUID: fields.UUID,
    datetime: lambda **kw: _Moment(format="iso", default_timezone=None, **kw),
    int: _Whole,
    bool: YesOrNo,
    Zone: lambda **kw: fields.String(
        validate=[validate.Length(max=64), lambda text: bool(ZONE_PATTERN.fullmatch(text))], **kw
    ),
}


def _field(hint: Any, *, required: bool, default: Any = dataclasses.MISSING) -> fields.Field[Any]:
    options: dict[str, Any] = {"required": required}
    if default is not dataclasses.MISSING:
        options["load_default"] = default
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        (hint,) = (part for part in get_args(hint) if part is not type(None))
        options["allow_none"] = True
        origin = get_origin(hint)
    if origin is tuple:
        inner = _field(get_args(hint)[0], required=True)
        return _Sequence(inner, **options)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return fields.Enum(hint, by_value=True, **options)
    if hint not in _SCALARS:
        raise TypeError(f"an event can't carry {hint!r}: ids, times, enumerations, numbers and booleans only")
    return _SCALARS[hint](**options)


class _Sequence(fields.List[Any]):
    """A tuple of ids or enumerations."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kw: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **kw))
