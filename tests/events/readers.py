"""What writers may write and what readers make of it, found by trying: the judge of the compatibility check.

It knows no rule of compatibility. It writes what a writer's schema admits and lets a reader read it: the real
decoder with the reader's definition, and the `jsonschema` package with the reader's schema.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from shared.eventlog.interface import partition_of
from shared.events import EVENTS, Event, EventInvalid, decode, key_of, topic_of
from shared.ids import NIL
from shared.path.handlers import Handlers
from tests.events.forms import Form

FORMATS = FormatChecker(formats=["uuid"])


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or ("T" in value and datetime.fromisoformat(value).tzinfo is not None)


_SINGLE: tuple[Any, ...] = (
    *(None, True, False, -1, 0, 1, 10, 11, 20, 10**9),
    *("64bb1e2c-6d5e-4a4b-9f11-000000000001", "64bb1e2c-6d5e-4a4b-9f11-000000000002"),
    *("2026-03-08T09:30:00+00:00", "America/Denver", "early", "late", "never", "abc", "123", "two words"),
    *("", "x" * 10, "x" * 11, "x" * 20, "x" * 99),
)
POOL = (*_SINGLE, [], *([value] for value in _SINGLE), *([value] * 3 for value in _SINGLE))


class Refused(Exception):
    """The reader can't read this."""


def documents(writer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Events that a writer with this schema may write: one field varied at a time, each left out where it may be."""
    choices = {name: _values(json.dumps(field)) for name, field in writer["properties"].items()}
    base = {name: options[0] for name, options in choices.items()}
    yield base
    yield {name: base[name] for name in writer["required"]}
    for name, options in choices.items():
        yield from ({**base, name: value} for value in options)
        if name not in writer["required"]:
            yield {other: value for other, value in base.items() if other != name}
    if writer["additionalProperties"] is not False:
        yield base | {name: "two words" for name in ("x", "y") if name not in base}


@cache
def _values(field: str) -> list[Any]:
    validator = Draft202012Validator(json.loads(field), format_checker=FORMATS)
    found = [value for value in POOL if validator.is_valid(value)]
    assert found, f"no value of the pool fits {field}"
    return found


def trips_over(reader: Form, writer: Form) -> dict[str, Any] | None:
    """An event that the writer may write and the reader refuses, misreads or does not get; None if none was found."""
    for document in documents(writer.schema):
        assert not _errors(writer.schema, document), "a writer writes what its schema admits"
        if _differs(_by_schema(writer), _by_schema(reader), document):
            return document
        if writer.definition and reader.definition:
            if _differs(_decoding(writer, writer), _decoding(reader, writer), document):
                return document
            if _comes_otherwise(writer.definition, reader.definition, document):
                return document
    return None


def _differs(written: Any, read: Any, document: dict[str, Any]) -> bool:
    """Whether a reader refuses the document, or takes a field that both know for something else."""
    try:
        meant, understood = written(document), read(document)
    except Refused:
        return True
    return any(meant[name] != understood[name] for name in meant.keys() & understood.keys())


def _errors(schema: dict[str, Any], document: dict[str, Any]) -> bool:
    return not Draft202012Validator(schema, format_checker=FORMATS).is_valid(document)


def _by_schema(form: Form) -> Any:
    """Reads with the `jsonschema` package: unknown fields are ignored, a field left out has its default."""

    def read(document: dict[str, Any]) -> dict[str, Any]:
        if _errors({**form.schema, "additionalProperties": True}, document):
            raise Refused
        known = form.schema["properties"]
        return {name: document.get(name, field.get("default")) for name, field in known.items()}

    return read


def _decoding(reader: Form, writer: Form) -> Any:
    """Reads with the real decoder, in a process that knows only the reader's definition."""
    assert reader.definition
    assert writer.definition
    known, event_type = reader.definition, writer.definition.TYPE

    def read(document: dict[str, Any]) -> dict[str, Any]:
        with _knowing(known):
            try:
                event = decode(event_type, json.dumps(document).encode())
            except (EventInvalid, KeyError) as error:
                raise Refused from error
        return {item.name: getattr(event, item.name) for item in fields(event)}

    return read


@contextmanager
def _knowing(definition: type[Event]) -> Iterator[None]:
    EVENTS[definition.TYPE] = definition
    try:
        yield
    finally:
        del EVENTS[definition.TYPE]


def _comes_otherwise(writer: type[Event], reader: type[Event], document: dict[str, Any]) -> bool:
    """Whether the event lies where this reader doesn't look, or not in order with those of the reader's own release."""
    with _knowing(writer):
        sent = decode(writer.TYPE, json.dumps(document).encode())
    with _knowing(reader):
        own = decode(reader.TYPE, json.dumps(document).encode())
    listens_to = Handlers("notify", projections={reader: lambda db, events: None}).topics()
    return (
        topic_of(writer.OWNER) not in listens_to
        or partition_of(key_of(sent, NIL).encode()) != partition_of(key_of(own, NIL).encode())
        or sent.NEEDS_ORDER != own.NEEDS_ORDER  # what the consumer asks when a key is parked
    )
