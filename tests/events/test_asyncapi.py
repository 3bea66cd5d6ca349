"""The AsyncAPI document: valid by AsyncAPI's own schema, whole, and true to what really travels."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from shared.clock import utcnow
from shared.eventlog.interface import PARTITIONS, RETENTION_DAYS, partition_of
from shared.events import EVENTS, Event, topic_of
from shared.events.carriage import EXAMPLE_KEY, HEADERS
from shared.events.envelope import TICK_TYPE, Envelope, headers, open_envelope
from shared.events.freeze import PAGES
from shared.events.json_schema import json_schema
from shared.ids import NIL, new_id
from shared.settings import SERVICES
from tests.events.readers import FORMATS

pytestmark = pytest.mark.D1

ALL = sorted(EVENTS)
DOCUMENT: dict[str, Any] = json.loads((PAGES / "asyncapi.json").read_text())
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
OFFICIAL = Path(__file__).with_name("asyncapi") / "3.0.0.json"
DIGEST = "abe96881dbfaad495ccbb6bd8d3fb43ca18a13b9d7564849ccb66f39d5e5b20f"


def at(pointer: str) -> Any:
    """What a local reference points at. Raises KeyError or IndexError when there is nothing."""
    found: Any = DOCUMENT
    for part in pointer.removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def fits(value: Any, schema: dict[str, Any]) -> None:
    whole = {"components": DOCUMENT["components"], **schema}
    jsonschema.validate(value, whole, jsonschema.Draft7Validator, format_checker=FORMATS)


def test_asyncapis_own_schema_is_as_it_was_published() -> None:
    assert hashlib.sha256(OFFICIAL.read_bytes()).hexdigest() == DIGEST


def test_the_document_is_valid_by_asyncapis_own_schema() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    jsonschema.validate(DOCUMENT, json.loads(OFFICIAL.read_text()), jsonschema.Draft7Validator)


@pytest.mark.parametrize(
    ("pointer", "wrong"),
    [
        ("#/operations/intake.sends", {"action": "shout"}),
        ("#/channels/intake/bindings/kafka", {"partitions": "12"}),
        ("#/components/messages/attune.intake.readiness_decided.v1", {"correlationId": {}}),
        ("#/components/messages/attune.intake.readiness_decided.v1/bindings/kafka", {"keys": {}}),
    ],
)
def test_asyncapis_own_schema_refuses_what_is_wrong(pointer: str, wrong: dict[str, Any]) -> None:
    place, right = at(pointer), dict(at(pointer))
    try:
        place.update(wrong)
        assert not jsonschema.Draft7Validator(json.loads(OFFICIAL.read_text())).is_valid(DOCUMENT)
    finally:
        place.clear()
        place.update(right)


def test_every_reference_points_at_something() -> None:
    found = set(references(DOCUMENT))
    assert len(found) > len(EVENTS)
    for pointer in found:
        assert at(pointer)


def test_every_service_has_one_channel_with_all_that_it_owns() -> None:
    assert {name: channel["address"] for name, channel in DOCUMENT["channels"].items()} == {
        name: topic_of(name) for name in SERVICES
    }
    for owner, channel in DOCUMENT["channels"].items():
        owned = {name for name, definition in EVENTS.items() if owner == definition.OWNER}
        assert channel["messages"] == {
            name: {"$ref": f"#/components/messages/{name}"} for name in owned | {TICK_TYPE}
        }
        kafka = channel["bindings"]["kafka"]
        assert (kafka["topic"], kafka["partitions"]) == (topic_of(owner), PARTITIONS)
        assert kafka["topicConfiguration"]["retention.ms"] == RETENTION_DAYS * 24 * 3600 * 1000


def test_an_owner_sends_and_each_consumer_receives_what_the_definitions_say() -> None:
    told = {(definition.OWNER, "send", definition.OWNER, name) for name, definition in EVENTS.items()}
    told |= {
        (listener, "receive", definition.OWNER, name)
        for name, definition in EVENTS.items()
        for listener in definition.CONSUMERS
    }
    seen = {
        (name.split(".")[0], operation["action"], channel, message)
        for name, operation in DOCUMENT["operations"].items()
        for channel in [operation["channel"]["$ref"].removeprefix("#/channels/")]
        for reference in operation["messages"]
        for message in [reference["$ref"].removeprefix(f"#/channels/{channel}/messages/")]
        if message != TICK_TYPE
    }
    assert seen == told


@pytest.mark.parametrize("name", ALL)
def test_a_message_is_what_the_definition_says(name: str) -> None:
    message, definition = MESSAGES[name], EVENTS[name]
    assert message["payload"]["properties"] == json_schema(definition)["properties"]
    assert message["payload"]["required"] == json_schema(definition)["required"]
    assert (definition.KEY or "practice") in message["bindings"]["kafka"]["key"]["description"]
    assert {one["name"] for one in message["examples"]} == {"full", "minimal"}


@pytest.mark.parametrize("name", ALL)
def test_the_examples_are_events_that_a_consumer_would_open(name: str) -> None:
    message, definition = MESSAGES[name], EVENTS[name]
    for example in message["examples"]:
        fits(example["payload"], message["payload"])
        fits(example["headers"], message["headers"])
        envelope = opened(definition, example)
        assert envelope.type == name
        fits(key(definition, example), message["bindings"]["kafka"]["key"])


def key(definition: type[Event], example: dict[str, Any]) -> str:
    made: str = example["payload"][definition.KEY] if definition.KEY else example["headers"]["ce_practice"]
    return made


def opened(definition: type[Event], example: dict[str, Any]) -> Any:
    """The envelope, by the real reader: raises Forged when the signature is not right."""
    order_key = key(definition, example).encode()
    return open_envelope(
        EXAMPLE_KEY,
        [(name, value.encode()) for name, value in example["headers"].items()],
        topic=topic_of(definition.OWNER),
        partition=partition_of(order_key),
        order_key=order_key,
        payload=json.dumps(example["payload"], separators=(",", ":"), sort_keys=True).encode(),
    )


@pytest.mark.parametrize("trace", [None, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"])
def test_the_headers_described_are_those_that_travel(trace: str | None) -> None:
    envelope = Envelope(new_id(), TICK_TYPE, NIL, utcnow(), trace, "notify" if trace else None)
    sent = headers(
        EXAMPLE_KEY,
        envelope=envelope,
        source="/intake",
        topic="attune.intake",
        partition=3,
        order_key="tick-3",
        payload=b"{}",
    )
    assert sent.keys() == (HEADERS["properties"].keys() if trace else set(HEADERS["required"]))
    fits(sent, MESSAGES[TICK_TYPE]["headers"])


@pytest.mark.parametrize("name", ALL)
def test_a_message_admits_no_other_type_and_no_missing_header(name: str) -> None:
    for example in MESSAGES[name]["examples"]:
        for header in HEADERS["required"]:
            with pytest.raises(jsonschema.ValidationError):
                fits({k: v for k, v in example["headers"].items() if k != header}, MESSAGES[name]["headers"])
        with pytest.raises(jsonschema.ValidationError):
            fits(example["headers"] | {"ce_type": TICK_TYPE}, MESSAGES[name]["headers"])


def test_the_document_names_no_real_place() -> None:
    assert [server["host"] for server in DOCUMENT["servers"].values()] == ["{bootstrap}", "{database}"]
    assert "://" not in json.dumps(DOCUMENT)
