"""The event contracts: frozen, exemplified, strict on the way out and tolerant on the way in."""

import json
from dataclasses import fields
from datetime import datetime
from typing import Any, get_type_hints
from uuid import UUID, uuid4

import jsonschema
import pytest

from shared.events import EVENTS, Event, EventInvalid, Zone, decode, encode
from shared.events.base import event
from shared.events.freeze import HERE
from shared.events.history import History, Sample
from shared.events.intake import Readiness, ReadinessDecided
from shared.events.json_schema import json_schema
from shared.events.samples import samples
from shared.settings import SERVICES
from tests.events.forms import Two, define
from tests.events.readers import FORMATS

pytestmark = pytest.mark.D1

ALL = sorted(EVENTS)
HISTORY = History(HERE)
GOLDEN = HISTORY.samples()


def fits(payload: Any, schema: dict[str, Any]) -> None:
    jsonschema.validate(payload, schema, jsonschema.Draft202012Validator, format_checker=FORMATS)


def test_nothing_breaks_what_was_frozen() -> None:
    assert HISTORY.problems(EVENTS) == []


@pytest.mark.parametrize("name", ALL)
def test_every_revision_has_its_samples(name: str) -> None:
    revisions = range(1, len(HISTORY.revisions(name)) + 1)
    assert revisions, f"{name} is not frozen: run python -m shared.events.freeze"
    assert sorted((one.revision, one.name) for one in GOLDEN if one.type == name) == [
        (revision, kind) for revision in revisions for kind in ("full", "minimal")
    ]


@pytest.mark.parametrize("sample", GOLDEN, ids=lambda one: f"{one.type}.r{one.revision}.{one.name}")
def test_every_sample_ever_frozen_can_be_read_today(sample: Sample) -> None:
    fits(sample.payload, HISTORY.revisions(sample.type)[sample.revision - 1])
    fact = decode(sample.type, json.dumps(sample.payload).encode())
    again = json.loads(encode(fact))
    fits(again, HISTORY.revisions(fact.TYPE)[-1])
    if sample.type == fact.TYPE:  # else it is read as the version that came after
        kept = {name: again[name] for name in sample.payload.keys() & again.keys()}
        assert kept == {name: _in_z(sample.payload[name]) for name in kept}


def _in_z(value: Any) -> Any:
    """UTC has two spellings in RFC 3339: the first samples have one, what is written today the other."""
    return value.replace("+00:00", "Z") if isinstance(value, str) else value


@pytest.mark.parametrize("name", ALL)
def test_what_is_written_today_fits_the_newest_frozen_schema(name: str) -> None:
    for payload in samples(EVENTS[name]).values():
        fits(payload, HISTORY.revisions(name)[-1])
        again = encode(decode(name, json.dumps(payload).encode()))
        fits(json.loads(again), HISTORY.revisions(name)[-1])


@pytest.mark.parametrize("name", ALL)
def test_the_full_sample_has_every_field_and_the_minimal_one_only_what_is_needed(name: str) -> None:
    made, schema = samples(EVENTS[name]), json_schema(EVENTS[name])
    assert made["full"].keys() == schema["properties"].keys()
    assert made["minimal"].keys() == set(schema["required"])


def test_the_two_samples_differ_wherever_a_field_can_have_another_value() -> None:
    made = samples(define(a=int, b=bool, c=Two, d=tuple[UUID, ...], e=int | None, f=Zone, g=(int, 5)))
    common = made["minimal"].keys() - {"couple_id", "person_id"}
    assert common == set("abcdef")
    assert all(made["full"][name] != made["minimal"][name] for name in common)
    assert (made["minimal"]["d"], made["minimal"]["e"]) == ([], None)


@pytest.mark.parametrize("name", ALL)
def test_every_event_names_owner_and_consumers(name: str) -> None:
    definition = EVENTS[name]
    assert definition.OWNER in SERVICES
    assert set(definition.CONSUMERS) <= set(SERVICES) - {definition.OWNER}


@pytest.mark.parametrize("name", ALL)
def test_what_orders_an_event_is_an_id_that_is_always_there(name: str) -> None:
    definition = EVENTS[name]
    always = {
        item.name
        for item in fields(definition)
        if get_type_hints(definition)[item.name] is UUID and item.name in json_schema(definition)["required"]
    }
    assert definition.KEY is None or definition.KEY in always


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
