"""JSON Schema (2020-12) of an event, read off its fields: what the frozen contract and AsyncAPI are made of."""

import dataclasses
import types
from datetime import datetime
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from shared.events.base import ZONE_PATTERN, Event, Zone

_SCALARS: dict[Any, dict[str, Any]] = {
    UUID: {"type": "string", "format": "uuid"},
    datetime: {"type": "string", "format": "date-time"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    Zone: {"type": "string", "pattern": f"^{ZONE_PATTERN.pattern}$", "maxLength": 64},
}


def json_schema(cls: type[Event]) -> dict[str, Any]:
    """The producer's closed schema: readers ignore unknown fields, writers never add one silently."""
    hints = get_type_hints(cls)
    properties, required = {}, []
    for item in dataclasses.fields(cls):
        properties[item.name] = _of(hints[item.name])
        if item.default is dataclasses.MISSING:
            required.append(item.name)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": cls.TYPE,
        "description": (cls.__doc__ or "").strip(),
        "type": "object",
        "properties": properties,
        "required": sorted(required),
        "additionalProperties": False,
    }


def _of(hint: Any) -> dict[str, Any]:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        (inner,) = (part for part in get_args(hint) if part is not type(None))
        return {"anyOf": [_of(inner), {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _of(get_args(hint)[0])}
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {"type": "string", "enum": sorted(member.value for member in hint)}
    return dict(_SCALARS[hint])
