"""The event contracts: frozen, exemplified, strict on the way out and tolerant on the way in."""

import copy
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema
import pytest

from shared.events import EVENTS, Event, EventInvalid, decode, encode
from shared.events.base import event
from shared.events.compatibility import breaks
from shared.events.freeze import EXAMPLES, SCHEMAS
from shared.events.intake import Readiness, ReadinessDecided
from shared.events.json_schema import json_schema
from shared.settings import SERVICES

ALL = sorted(EVENTS)


def frozen(path: Path) -> dict[str, Any]:
    assert path.exists(), f"{path.name} is not frozen: run python -m shared.events.freeze"
    content: dict[str, Any] = json.loads(path.read_text())
    return content


@pytest.mark.parametrize("name", ALL)
def test_every_event_fits_its_frozen_schema(name: str) -> None:
    assert breaks(frozen(SCHEMAS / f"{name}.json"), json_schema(EVENTS[name])) == []


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_stored_example_can_still_be_read(path: Path) -> None:
    example = frozen(path)
    jsonschema.validate(example, frozen(SCHEMAS / path.name))
    fact = decode(path.stem, json.dumps(example).encode())
    again = json.loads(encode(fact))
    jsonschema.validate(again, frozen(SCHEMAS / path.name))
    assert again.keys() == example.keys()
    assert decode(path.stem, encode(fact)) == fact


def test_no_event_was_dropped_or_left_unfrozen() -> None:
    assert {path.stem for path in SCHEMAS.glob("*.json")} == set(EVENTS)
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(EVENTS)


@pytest.mark.parametrize("name", ALL)
def test_every_event_names_owner_and_consumers(name: str) -> None:
    definition = EVENTS[name]
    assert definition.OWNER in SERVICES
    assert set(definition.CONSUMERS) <= set(SERVICES) - {definition.OWNER}


CHANGES = {
    "a required field goes": lambda s: (s["properties"].pop("decision"), s["required"].remove("decision")),
    "a required field comes": lambda s: (
        s["properties"].update(extra={"type": "integer"}),
        s["required"].append("extra"),
    ),
    "a field becomes optional": lambda s: s["required"].remove("decision"),
    "a field changes its type": lambda s: s["properties"].update(decision={"type": "integer"}),
    "an enumeration loses a value": lambda s: s["properties"]["decision"]["enum"].pop(),
    "an enumeration gains a value": lambda s: s["properties"]["decision"]["enum"].append("perhaps"),
    "null is no longer allowed": lambda s: s["properties"].update(
        expires_at={"type": "string", "format": "date-time"}
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_breaking_change_is_caught(change: Any) -> None:
    before = json_schema(ReadinessDecided)
    after = copy.deepcopy(before)
    change(after)
    assert breaks(before, after)


def test_an_optional_field_may_come_and_go() -> None:
    before = json_schema(ReadinessDecided)
    after = copy.deepcopy(before)
    after["properties"]["extra"] = {"type": "integer"}
    assert breaks(before, after) == breaks(after, before) == []


def decided(**changes: Any) -> ReadinessDecided:
    values: dict[str, Any] = {
        "couple_id": uuid4(),
        "person_id": uuid4(),
        "decision_id": uuid4(),
        "decision": Readiness.READY,
        "expires_at": None,
    }
    return ReadinessDecided(**{**values, **changes})


@pytest.mark.parametrize(
    "wrong",
    [
        {"couple_id": "not an id"},
        {"decision": "perhaps"},
        {"expires_at": datetime(2026, 1, 1)},  # noqa: DTZ001  (naive on purpose)
        {"person_id": None},
    ],
)
def test_nothing_malformed_goes_out(wrong: dict[str, Any]) -> None:
    with pytest.raises(EventInvalid):
        encode(decided(**wrong))


def test_a_reader_ignores_fields_it_does_not_know() -> None:
    fact = decided()
    data = json.loads(encode(fact)) | {"from_the_future": 1}
    assert decode(fact.TYPE, json.dumps(data).encode()) == fact


@pytest.mark.parametrize("payload", [b"", b"[]", b"null", b"{}", b"\xff", b'{"decision": 1}'])
def test_a_reader_refuses_what_lacks_the_facts(payload: bytes) -> None:
    with pytest.raises(EventInvalid):
        decode(ReadinessDecided.TYPE, payload)


def test_an_event_can_not_carry_words() -> None:
    class Gossip(Event):
        """Words."""

        text: str

    with pytest.raises(TypeError, match="ids, times, enumerations"):
        event(owner="intake", consumers=(), key=None)(Gossip)
    assert not [name for name in EVENTS if "gossip" in name]
