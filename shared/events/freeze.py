"""`python -m shared.events.freeze`: write schema and example of each event version that has none yet.

Frozen files are never rewritten: a change that breaks one is refused, a new version gets files of its own.
"""

import dataclasses
import json
import sys
import types
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.events import EVENTS, Event, Zone, encode
from shared.events.compatibility import breaks
from shared.events.json_schema import json_schema

HERE = Path(__file__).parent
SCHEMAS, EXAMPLES = HERE / "schemas", HERE / "examples"


def main() -> int:
    """Freeze what is new; returns 1 when a frozen schema was broken."""
    broken = 0
    for name, cls in sorted(EVENTS.items()):
        schema_file, example_file = SCHEMAS / f"{name}.json", EXAMPLES / f"{name}.json"
        schema = json_schema(cls)
        if schema_file.exists():
            for sentence in breaks(json.loads(schema_file.read_text()), schema):
                broken = 1
                sys.stderr.write(f"{name}: {sentence}; make a new version instead\n")
        else:
            _write(schema_file, schema)
        if not example_file.exists():
            _write(example_file, json.loads(encode(example(cls))))
    return broken


def example(cls: type[Event]) -> Event:
    """A well-formed event of this type, the same at every call."""
    hints = get_type_hints(cls)
    values = {
        field.name: _value(hints[field.name], f"{cls.TYPE}/{field.name}") for field in dataclasses.fields(cls)
    }
    return cls(**values)


def _value(hint: Any, seed: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _value(next(part for part in get_args(hint) if part is not type(None)), seed)
    if origin is tuple:
        return (_value(get_args(hint)[0], seed),)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return next(iter(hint))
    made: dict[Any, Any] = {
        UUID: uuid5(NAMESPACE_URL, seed),
        datetime: datetime(2026, 3, 8, 9, 30, tzinfo=UTC),
        int: 1,
        bool: True,
        Zone: Zone("America/Denver"),
    }
    return made[hint]


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    sys.exit(main())
