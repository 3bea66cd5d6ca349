"""What the checker looks at: databases by plain SQL, the event log's records, mail as the mail server took it."""

import email
import email.policy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from kafka import KafkaConsumer, TopicPartition

Rows = list[tuple[Any, ...]]
_RECORDS = (
    'SELECT topic, partition, "offset", headers, value FROM log_record'
    " WHERE key NOT LIKE 'tick-%'::bytea ORDER BY topic, partition, \"offset\""
)


@dataclass(frozen=True)
class Mail:
    """One mail to one address, as it was received; `at` is real time in seconds since 1970."""

    delivery_id: UUID
    address: str
    at: float


@dataclass(frozen=True)
class Record:
    """One event as it lies in the log, in the order of its partition."""

    place: str
    event_id: UUID
    type: str
    session_id: str | None


@dataclass(frozen=True)
class Sight:
    """Everything that is looked at, at rest. `services` are connections that see every practice."""

    services: Mapping[str, psycopg.Connection[Any]]
    mails: Sequence[Mail]
    records: Sequence[Record]

    def rows(self, service: str, query: str, *values: Any) -> Rows:
        return self.services[service].execute(query.encode(), values or None).fetchall()


def received(maildir: Path) -> list[Mail]:
    """Every mail in a mail server's folder, by arrival; the file's name begins with the nanosecond of it."""
    found = []
    for path in sorted((maildir / "new").iterdir()):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        delivery_id = UUID(str(mail["Message-ID"]).strip("<>").partition("@")[0])
        at = int(path.name.partition(".")[0]) / 1e9
        found += [Mail(delivery_id, str(to), at) for to in mail.get_all("X-Attune-To", [])]
    return found


def embedded_records(log: psycopg.Connection[Any]) -> list[Record]:
    """The log that lies in a database."""
    return [
        _record(f"{topic}/{partition}/{offset}", dict(headers), bytes(value))
        for topic, partition, offset, headers, value in log.execute(_RECORDS.encode())
    ]


def kafka_records(bootstrap: str) -> list[Record]:
    """The log on a Kafka, read from its beginning by a client of the tests' own."""
    reader = KafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        places = [
            TopicPartition(topic, partition)
            for topic in sorted(reader.topics())
            if topic.startswith("attune.")
            for partition in sorted(reader.partitions_for_topic(topic))
        ]
        reader.assign(places)
        reader.seek_to_beginning(*places)
        ends = reader.end_offsets(places)
        found = []
        while any(reader.position(place) < ends[place] for place in places):
            for place, records in reader.poll(timeout_ms=1000).items():
                for one in records:
                    if not bytes(one.key).startswith(b"tick-"):
                        headers = {name: value.decode() for name, value in one.headers}
                        where = f"{place.topic}/{place.partition}/{one.offset}"
                        found.append(_record(where, headers, bytes(one.value)))
        return found
    finally:
        reader.close()


def _record(place: str, headers: Mapping[str, str], value: bytes) -> Record:
    data = json.loads(value)
    return Record(place, UUID(headers["ce_id"]), headers["ce_type"], data.get("session_id"))
