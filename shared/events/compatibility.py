"""What may change in an event without a new version: nothing that a reader or a stored event could trip over.

Full compatibility both ways: an older reader understands newer events, and today's reader understands every
event ever stored. So only an optional field may come or go, and words for people may change. Producers are
closed (they send the fields they define and no other), readers ignore fields they do not know.

Whatever this module can't show to be harmless it refuses: a keyword that it does not know, or one pattern
in the place of another.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_FOR_PEOPLE = {"title", "description"}
_FLOORS = {"minimum": "less than", "minLength": "shorter than", "minItems": "fewer than"}
_CEILINGS = {"maximum": "more than", "maxLength": "longer than", "maxItems": "more of them than"}
_JUDGED = {"type", "format", "enum", "pattern", "items", "default", *_FLOORS, *_CEILINGS}
_MOVES = {
    "title": "its readers know it by its name",
    "x-owner": "its readers take it from its owner",
    "x-topic": "its readers look for it on its topic",
    "x-key": "events of before and after would lie in different partitions, in no order",
    "x-needs-order": "whether it waits behind an event put aside would depend on who reads it",
}
_OF_EVENTS = {"$schema", "type", "properties", "required", "additionalProperties", *_MOVES}


def breaks(frozen: Schema, now: Schema) -> list[str]:
    """Sentences naming each breaking difference between a frozen schema and today's; empty when none."""
    return [
        *(f"for a reader of that revision, {why}" for why in unread(writer=now, reader=frozen)),
        *(f"in events of that revision, {why}" for why in unread(writer=frozen, reader=now)),
        *moved(frozen, now),
    ]


def unread(*, writer: Schema, reader: Schema) -> list[str]:
    """Why a reader with one definition would refuse or misread what a writer with the other may write."""
    return list(_unread(writer, reader))


def moved(frozen: Schema, now: Schema) -> list[str]:
    """Why an event no longer comes to its readers as it did: its name, topic, order."""
    return [
        f"{name.removeprefix('x-')} was {_shown(frozen.get(name))} and is {_shown(now.get(name))}: {why}"
        for name, why in _MOVES.items()
        if frozen.get(name) != now.get(name)
    ]


def meaning(schema: Any) -> Any:
    """The schema without its words for people: two of equal meaning are one revision."""
    if isinstance(schema, list):
        return [meaning(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    bare = {key: value for key, value in schema.items() if key not in _FOR_PEOPLE}
    return {
        key: {name: meaning(field) for name, field in value.items()}  # a field may be called "title"
        if key == "properties"
        else meaning(value)
        for key, value in bare.items()
    }


def _unread(writer: Schema, reader: Schema) -> Iterator[str]:
    for name, read in sorted(reader["properties"].items()):
        sent = writer["properties"].get(name)
        may_lack = sent is None or name not in writer["required"]
        if may_lack and name in reader["required"]:
            yield f"{name} may be missing, but must be there"
        if sent is None:
            continue  # the reader takes its default, as it did before anybody sent the field
        yield from _values(name, sent, read)
        if may_lack and name not in reader["required"] and _default(sent) != _default(read):
            yield f"{name} left out means {_default(sent)} to the writer and {_default(read)} to the reader"
    if writer.get("additionalProperties") is not False:
        yield "fields of any name may come, also one that is known here and means something else"
    yield from _unknown("the event", writer, reader, _OF_EVENTS)


def _values(name: str, sent: Schema, read: Schema) -> Iterator[str]:
    """Values of one field that are sent and not taken."""
    sent, may_be_null = _apart_from_null(sent)
    read, takes_null = _apart_from_null(read)
    if may_be_null and not takes_null:
        yield f"{name} may be null, but must have a value"
    if any(key in read and sent.get(key) != read[key] for key in ("type", "format")):
        yield f"{name} comes as {_kind(sent)}, but must be {_kind(read)}"
        return
    yield from _unknown(name, sent, read, _JUDGED)
    if "enum" in sent:
        for value in sent["enum"]:
            if not _is_taken(value, read):
                yield f"{name} may be {_shown(value)}, which is not known"
        return
    if "enum" in read:
        yield f"{name} may be anything, but only {', '.join(map(_shown, read['enum']))} are known"
    if "pattern" in read and sent.get("pattern") != read["pattern"]:
        yield f"{name} is written by another pattern than it is read by"
    for key, words in _FLOORS.items():
        if key in read and sent.get(key, float("-inf")) < read[key]:
            yield f"{name} may be {words} {read[key]}"
    for key, words in _CEILINGS.items():
        if key in read and sent.get(key, float("inf")) > read[key]:
            yield f"{name} may be {words} {read[key]}"
    if "items" in read:
        yield from _values(f"one of {name}", sent.get("items", {}), read["items"])


def _apart_from_null(field: Schema) -> tuple[Schema, bool]:
    """A field's schema without the choice of null, and whether it had it."""
    choices = [part for part in field.get("anyOf", []) if part != {"type": "null"}]
    if len(choices) != 1:
        return field, False
    beside = {key: value for key, value in field.items() if key != "anyOf"}
    return {**beside, **choices[0]}, {"type": "null"} in field["anyOf"]


def _is_taken(value: str, read: Schema) -> bool:
    """Whether a reader takes one word of an enumeration."""
    return (
        value in read.get("enum", [value])
        and re.search(read.get("pattern", ""), value) is not None
        and read.get("minLength", 0) <= len(value) <= read.get("maxLength", len(value))
    )


def _unknown(what: str, sent: Schema, read: Schema, known: set[str]) -> Iterator[str]:
    """Keywords this module can't judge must be the same on both sides."""
    for key in sorted((sent.keys() | read.keys()) - known - _FOR_PEOPLE):
        if sent.get(key) != read.get(key):
            yield f"{what} differs in {key}, of which no rule here knows what it does"


def _kind(field: Schema) -> str:
    return f"{field.get('type', 'anything')} {field.get('format', '')}".strip()


def _default(field: Schema) -> str:
    return _shown(field["default"]) if "default" in field else "nothing"


def _shown(value: Any) -> str:
    return json.dumps(value)
