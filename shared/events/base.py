"""One definition per event: a frozen dataclass, read and written by msgspec. Strict out, tolerant in (`codec`).

An event carries ids, times, enumerations, small numbers and booleans: the field types below are all there are,
so no word about a person can travel.
"""

import dataclasses
import inspect
import re
import types
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import (
    Annotated,
    Any,
    ClassVar,
    Generic,
    NamedTuple,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)
from uuid import UUID

from msgspec import Meta

ZONE_PATTERN = re.compile(r"[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+){0,2}")
LONGEST_ZONE = 64


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


class Received(NamedTuple, Generic[E_co]):
    """An event as a handler gets it: the fact, and the envelope it came in."""

    event: E_co
    event_id: UUID
    practice_id: UUID
    occurred_at: datetime  # real time at which the owner recorded it
    traceparent: str | None = None


EVENTS: dict[str, type[Event]] = {}
"""Every event type by its full name, `attune.<owner>.<event>.v<n>`."""

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""Lifts the data of one version of an event, as JSON has it, to the next version."""

UPCASTS: dict[str, tuple[str, Upcast]] = {}
"""Per type of an old version: the type of the next one, and how its data is lifted there."""


class EventInvalid(Exception):
    """An event's content does not fit its definition."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(
    *,
    owner: str,
    consumers: tuple[str, ...],
    key: str | None,
    version: int = 1,
    needs_order: bool = True,
    upcasts: tuple[Upcast, ...] = (),
) -> Callable[[type[E_any]], type[E_any]]:
    """Define an event: who owns it, which services listen, which field orders it.

    An event that warns somebody (`needs_order=False`) does not wait behind an earlier one of its key that was
    put aside: a bug elsewhere must never silence it. `upcasts` lift versions 1, 2, … one step each, so that
    whatever was ever stored can still be read: version n has n - 1 of them.
    """

    def define(cls: type[E_any]) -> type[E_any]:
        cls.__annotations__ = {name: _checked(hint) for name, hint in _own_hints(cls).items()}
        made = dataclasses.dataclass(frozen=True, kw_only=True)(cls)
        made.OWNER, made.CONSUMERS, made.KEY, made.VERSION = owner, consumers, key, version
        made.NEEDS_ORDER = needs_order
        stem = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
        versions = [f"attune.{owner}.{stem}.v{number}" for number in range(1, version + 1)]
        made.TYPE = versions[-1]
        if not (made.__doc__ or "").strip() or (made.__doc__ or "").startswith(f"{cls.__name__}("):
            raise TypeError(f"{cls.__name__} needs a description")
        if made.TYPE in EVENTS:
            raise TypeError(f"{made.TYPE} is defined twice")
        if len(upcasts) != version - 1:
            raise TypeError(
                f"{made.TYPE} needs {version - 1} upcasts: stored events of each version are read"
            )
        EVENTS[made.TYPE] = made
        UPCASTS.update(zip(versions, zip(versions[1:], upcasts, strict=True), strict=False))
        return made

    return define


def topic_of(owner: str) -> str:
    """The one topic a service owns."""
    return f"attune.{owner}"


def key_of(fact: Event, practice_id: UUID) -> str:
    """What orders this event among others: its key field, or its practice."""
    return str(getattr(fact, fact.KEY) if fact.KEY else practice_id)


_SCALARS: Mapping[Any, Any] = {
    UUID: UUID,
    datetime: Annotated[datetime, Meta(tz=True)],  # a time without a zone is refused
    int: int,
    bool: bool,
    Zone: Zone,
}


def _own_hints(cls: type[Event]) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {name: hints[name] for name in inspect.get_annotations(cls)}


def _checked(hint: Any) -> Any:
    """The same type, with what msgspec must check of it. Raises TypeError for one that may not travel."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        (only,) = (part for part in inner if part is not type(None))
        return Union[_checked(only), None]  # noqa: UP007  (its parts are only known here)
    if origin is tuple and inner[1:] == (...,):
        return tuple[_checked(inner[0]), ...]  # type: ignore[misc]
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    if hint not in _SCALARS:
        raise TypeError(f"an event can't carry {hint!r}: ids, times, enumerations, numbers and booleans only")
    return _SCALARS[hint]
