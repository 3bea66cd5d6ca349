"""JSON Schema (2020-12) of an event, read off its fields: what the frozen contract and AsyncAPI are made of.

Beside the content it names what a reader relies on and no field shows: the owner and its topic, the field
that orders the event, and whether it waits behind an earlier one that was put aside (`x-…`).
"""

import dataclasses
import json
import types
from datetime import datetime
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from shared.events.base import ZONE_PATTERN, Event, Zone, topic_of

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
        else:
            # What a reader takes a field for that isn't there is a part of the contract.
            properties[item.name]["default"] = json.loads(json.dumps(item.default))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": cls.TYPE,
        "description": (cls.__doc__ or "").strip(),
        "x-owner": cls.OWNER,
        "x-topic": topic_of(cls.OWNER),
        "x-key": cls.KEY,  # null: the practice
        "x-needs-order": cls.NEEDS_ORDER,
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
        return {
            "type": "string",
            "enum": sorted(member.value for member in hint),
            "description": (hint.__doc__ or "").strip(),
        }
    return dict(_SCALARS[hint])
