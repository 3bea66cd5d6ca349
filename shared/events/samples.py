"""Samples of an event, the same at every call: with every field, and with only what must be there."""

import dataclasses
import json
import types
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.events.base import Event, Zone
from shared.events.codec import encode

MOMENT = datetime(2026, 3, 8, 9, 30, tzinfo=UTC)


def samples(cls: type[Event]) -> dict[str, dict[str, Any]]:
    """The golden samples of a definition, as the JSON they travel as.

    `full` has every field. `minimal` lacks the optional ones, as events do that were stored before a field
    was thought of; what may be empty is empty, and of an enumeration it has another value.
    """
    fields = dataclasses.fields(cls)
    hints = get_type_hints(cls)
    full = {item.name: _full(hints[item.name], f"{cls.TYPE}/{item.name}") for item in fields}
    needed = [item.name for item in fields if item.default is dataclasses.MISSING]
    least = {name: _least(hints[name], f"{cls.TYPE}/{name}") for name in needed}
    written = json.loads(encode(cls(**least)))
    return {"full": json.loads(encode(cls(**full))), "minimal": {name: written[name] for name in needed}}


def _full(hint: Any, seed: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _full(next(part for part in get_args(hint) if part is not type(None)), seed)
    if origin is tuple:
        return (_full(get_args(hint)[0], seed),)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return next(iter(hint))
    made: dict[Any, Any] = {
        UUID: uuid5(NAMESPACE_URL, seed),
        datetime: MOMENT,
        int: 1,
        bool: True,
        Zone: Zone("America/Denver"),
    }
    return made[hint]


def _least(hint: Any, seed: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return None
    if origin is tuple:
        return ()
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return list(hint)[-1]
    small: dict[Any, Any] = {int: 0, bool: False, Zone: Zone("UTC")}
    return small[hint] if hint in small else _full(hint, seed)
