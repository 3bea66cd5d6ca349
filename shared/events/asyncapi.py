"""The event contracts as one AsyncAPI 3.0 document: what travels where, who sends it, who listens.

Made from the definitions alone, so it can't tell another story than they do: `python -m shared.events.freeze`
writes it to docs/events/asyncapi.json and a test fails when it is out of date.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from shared.eventlog.interface import PARTITIONS, RETENTION_DAYS
from shared.events.base import Event, topic_of
from shared.events.carriage import HEADERS, TICK_KEY, example_headers, headers_of, key_schema
from shared.events.envelope import TICK_TYPE
from shared.events.history import Sample
from shared.events.json_schema import json_schema

Document = dict[str, Any]

_BINDING = "0.5.0"
_MS_PER_DAY = 86_400_000
_ABOUT = """Every service owns one topic and writes to no other. Events are in the past tense and carry ids,
times, enumerations, whole numbers and booleans; no word about a person travels.

**Delivery.** At least once, in order per key within a topic; no order across topics. A reader remembers `ce_id`
and ignores what comes again.

**Change.** A version's schema may gain or lose an optional field and nothing else; readers ignore fields they do
not know. Anything else is a new version beside the old one.

**Ticks.** Every five seconds each owner puts a tick on every partition of its topic. Who has read it knows all
that its owner committed before."""


def document(events: Mapping[str, type[Event]], samples: Iterable[Sample]) -> Document:
    """The whole document. `samples` are the golden ones; those of each type's newest revision are shown."""
    newest: dict[str, dict[str, Sample]] = {}
    for sample in sorted(samples, key=lambda one: one.revision):
        newest.setdefault(sample.type, {})[sample.name] = sample
    owners = sorted({cls.OWNER for cls in events.values()})
    listeners = sorted({name for cls in events.values() for name in cls.CONSUMERS})
    messages = {name: _message(cls, newest.get(name, {})) for name, cls in sorted(events.items())}
    return {
        "asyncapi": "3.0.0",
        "id": "urn:attune:events",
        "info": {
            "title": "Attune events",
            "version": "1.0.0",
            "description": _ABOUT,
            "tags": [{"name": owner, "description": f"Events that {owner} owns."} for owner in owners],
        },
        "defaultContentType": "application/json",
        "servers": _SERVERS,
        "channels": {owner: _channel(owner, _owned(events, owner)) for owner in owners},
        "operations": {
            **{f"{owner}.sends": _send(owner, _owned(events, owner)) for owner in owners},
            **{
                f"{listener}.receives.{owner}": _receive(listener, owner, heard)
                for listener in listeners
                for owner in owners
                if (heard := [cls for cls in _owned(events, owner) if listener in cls.CONSUMERS])
            },
        },
        "components": {
            "schemas": {"headers": HEADERS},
            "messages": {**messages, TICK_TYPE: _TICK},
            "messageTraits": {"cloudevent": _TRAIT},
        },
    }


def written(made: Document) -> str:
    """The document as it lies in docs/events."""
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


_SERVERS: Document = {
    "kafka": {
        "host": "{bootstrap}",
        "protocol": "kafka",
        "title": "Apache Kafka",
        "description": "The log in production. Processes learn where it is from ATTUNE_EVENT_LOG_URL.",
        "variables": {"bootstrap": {"description": "Bootstrap servers, host:port[,host:port]."}},
    },
    "embedded": {
        "host": "{database}",
        "protocol": "postgresql",
        "title": "The log on one machine",
        "description": "Tables of a PostgreSQL database with the same topics, partitions, keys, headers and values.",
        "variables": {"database": {"description": "Where the log's own database is, host:port."}},
    },
}

_TRAIT: Document = {
    "contentType": "application/json",
    "correlationId": {
        "location": "$message.header#/traceparent",
        "description": "All that one command set off, in every service, has one trace id.",
    },
}

_TICK: Document = {
    "name": TICK_TYPE,
    "title": "Tick",
    "summary": "Everything its owner committed before ce_time has passed by on this partition.",
    "traits": [{"$ref": "#/components/messageTraits/cloudevent"}],
    "headers": {"$ref": "#/components/schemas/headers"},
    "payload": {"type": "object", "maxProperties": 0},
    "bindings": {"kafka": {"key": TICK_KEY, "bindingVersion": _BINDING}},
    "examples": [{"name": "tick", "summary": "A tick has no content.", "payload": {}}],
}


def _owned(events: Mapping[str, type[Event]], owner: str) -> list[type[Event]]:
    return [cls for _, cls in sorted(events.items()) if owner == cls.OWNER]


def _message(cls: type[Event], golden: Mapping[str, Sample]) -> Document:
    payload = {key: value for key, value in json_schema(cls).items() if key not in ("$schema", "title")}
    return {
        "name": cls.TYPE,
        "title": cls.__name__,
        "summary": payload.pop("description"),
        "tags": [{"name": cls.OWNER}],
        "traits": [{"$ref": "#/components/messageTraits/cloudevent"}],
        "headers": headers_of(cls.TYPE, cls.OWNER),
        "payload": payload,
        "bindings": {"kafka": {"key": key_schema(cls), "bindingVersion": _BINDING}},
        "examples": [_example(cls, sample) for _, sample in sorted(golden.items())],
    }


def _example(cls: type[Event], sample: Sample) -> Document:
    value = json.dumps(sample.payload, separators=(",", ":"), sort_keys=True).encode()
    words = {"full": "With every field.", "minimal": "Without what may be left out."}
    return {
        "name": sample.name,
        "summary": f"{words[sample.name]} The headers are signed with a key of 32 zero bytes.",
        "headers": example_headers(cls, value, sample.payload),
        "payload": sample.payload,
    }


def _channel(owner: str, owned: list[type[Event]]) -> Document:
    return {
        "address": topic_of(owner),
        "title": f"The topic {owner} owns",
        "description": f"Only {owner} writes here. Records are kept for {RETENTION_DAYS} days.",
        "servers": [{"$ref": f"#/servers/{name}"} for name in _SERVERS],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in (*_names(owned), TICK_TYPE)},
        "bindings": {
            "kafka": {
                "topic": topic_of(owner),
                "partitions": PARTITIONS,
                "topicConfiguration": {
                    "cleanup.policy": ["delete"],
                    "retention.ms": RETENTION_DAYS * _MS_PER_DAY,
                },
                "bindingVersion": _BINDING,
            }
        },
    }


def _send(owner: str, owned: list[type[Event]]) -> Document:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{owner}"},
        "title": f"{owner} tells what happened",
        "summary": f"{owner} records an event in the transaction that makes it true; its relay sends it.",
        "messages": _on(owner, owned),
    }


def _receive(listener: str, owner: str, heard: list[type[Event]]) -> Document:
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{owner}"},
        "title": f"{listener} listens to {owner}",
        "summary": f"{listener} applies these and ticks, and passes over the topic's other events.",
        "messages": _on(owner, heard),
        "bindings": {
            "kafka": {
                "groupId": {"type": "string", "enum": [f"attune.{listener}"]},
                "bindingVersion": _BINDING,
            }
        },
    }


def _on(owner: str, told: list[type[Event]]) -> list[Document]:
    return [{"$ref": f"#/channels/{owner}/messages/{name}"} for name in (*_names(told), TICK_TYPE)]


def _names(told: list[type[Event]]) -> list[str]:
    return [cls.TYPE for cls in told]
