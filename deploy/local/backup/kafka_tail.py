"""A log that was not restored with the databases: it holds what came after the backup, which the owners have lost.

Each service first applies what lay there at the backup's moment. Then it stands at the end: to believe of others what
they no longer know themselves would be worse than to have lost it. Only what warns somebody is still acted on.

A log that is shorter than it was is another one, whatever it calls itself: Kafka's public image gives every new cluster
the same id. Positions of the old one would pass over what comes next on the new one, so they are forgotten.
"""

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

from sqlalchemy import delete, select, text

from deploy.local.backup.manifest import Manifest
from shared.db.plumbing import log_position, practice
from shared.db.tenancy import Database, Scope
from shared.eventlog.interface import LogRecord, TopicPartition
from shared.eventlog.peek import LogReader, open_reader
from shared.events.base import topic_of
from shared.path.applying import Applying
from shared.path.arrivals import open_all
from shared.path.handlers import Handlers
from shared.path.worker import WorkerSpec, worker_database
from shared.settings import Settings

_WORKER = Scope(role="worker")
_AT_ONCE = 1000
_RATIO = 1.0  # the limit on dead letters is for a bad deploy, not for this
_STAND_AT = text(
    "INSERT INTO log_position (log_id, topic, partition, next_offset) VALUES (:log, :topic, :partition, :next)"
    " ON CONFLICT (log_id, topic, partition)"
    " DO UPDATE SET next_offset = greatest(log_position.next_offset, excluded.next_offset)"
)


def skip_what_came_after(said: Manifest, settings: Mapping[str, Settings]) -> bool:
    """For every service. False when this is another log than the backup's: then there is nothing to skip.

    Raises LogUnavailable.
    """
    is_same = True
    for service, own in settings.items():
        spec: WorkerSpec = importlib.import_module(f"services.{service}.worker").SPEC
        reader, database = open_reader(own.event_log_url), worker_database(own)
        try:
            if reader.log_id() != said.log["id"]:
                return False
            if _is_shorter(reader, said):
                _forget_positions(database, str(said.log["id"]))
                is_same = False
            elif spec.handlers.topics():
                _of_service(spec, database, reader, own.event_key, said)
        finally:
            database.close()
            reader.close()
    return is_same


def _is_shorter(reader: LogReader, said: Manifest) -> bool:
    """Whether the log ends before it did at the backup's moment. What it forgets in time moves its begin alone."""
    then = _ends(said)
    now = reader.bounds({at.topic for at in then}) if then else {}
    return any(end > (now[at].next if at in now else 0) for at, end in then.items())


def _forget_positions(database: Database, log_id: str) -> None:
    with database.transaction(_WORKER) as db:
        db.execute(delete(log_position).where(log_position.c.log_id == log_id))


def _of_service(
    spec: WorkerSpec, database: Database, reader: LogReader, event_key: bytes, said: Manifest
) -> None:
    # Practices first: what belongs to one that is not known yet can't be applied.
    topics = sorted(spec.handlers.topics(), key=lambda topic: (topic != topic_of("gateway"), topic))
    log_id, moment = str(said.log["id"]), _ends(said)
    now = {at: bounds for topic in topics for at, bounds in reader.bounds([topic]).items()}
    positions = _positions(database, log_id)
    applying = Applying(database, spec.handlers, dead_letter_ratio=_RATIO)
    for at, bounds in now.items():
        begin = max(bounds.first, positions.get(at, 0))
        for records in _read(reader, at, begin, min(moment.get(at, 0), bounds.next)):
            for chunk in applying.chunks(open_all(records, event_key, spec.handlers.handled())):
                applying.apply(log_id, chunk)
    warning = _only_warnings(spec)
    known = _practices(database)
    telling = Applying(database, warning, dead_letter_ratio=_RATIO)
    for at, bounds in now.items():
        for records in _read(reader, at, max(bounds.first, moment.get(at, 0)), bounds.next):
            for one in open_all(records, event_key, warning.handled()):
                if one.received is not None and one.received.practice_id in known:
                    telling.apply(log_id, [one])
    with database.transaction(_WORKER) as db:
        for at, bounds in now.items():
            values = {"topic": at.topic, "partition": at.partition, "next": bounds.next}
            db.execute(_STAND_AT, {"log": log_id, **values})


def _only_warnings(spec: WorkerSpec) -> Handlers:
    kinds = spec.restored.still_acts_on
    reactions = {kind: act for kind, act in spec.handlers.reactions.items() if kind in kinds}
    return replace(spec.handlers, projections={}, reactions=reactions)


def _ends(said: Manifest) -> dict[TopicPartition, int]:
    found = {}
    for name, offset in said.log.get("ends", {}).items():
        topic, _, partition = name.rpartition("/")
        found[TopicPartition(topic, int(partition))] = int(offset)
    return found


def _read(reader: LogReader, at: TopicPartition, begin: int, end: int) -> Iterator[list[LogRecord]]:
    while begin < end:
        records = [one.record for one in reader.read({at: begin}, _AT_ONCE) if one.record.offset < end]
        if records:
            yield records
            begin = records[-1].offset + 1
        elif reader.bounds([at.topic])[at].first > begin:
            begin = reader.bounds([at.topic])[at].first  # the log has forgotten some meanwhile


def _positions(database: Database, log_id: str) -> dict[TopicPartition, int]:
    columns = log_position.c
    mine = select(columns.topic, columns.partition, columns.next_offset).where(columns.log_id == log_id)
    with database.transaction(_WORKER) as db:
        return {TopicPartition(topic, partition): offset for topic, partition, offset in db.execute(mine)}


def _practices(database: Database) -> frozenset[object]:
    with database.transaction(_WORKER) as db:
        return frozenset(db.scalars(select(practice.c.practice_id)))
