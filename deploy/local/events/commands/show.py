"""`attune events show EVENT_ID`: what became of one event, service by service, in plain words."""

from datetime import datetime, timedelta
from uuid import UUID

import click

from deploy.local.events.access import Access, handlers_of
from deploy.local.events.options import REVEAL, Period, asking, log_down, reaching, reveal
from deploy.local.events.output import Output, warn
from deploy.local.events.records import record_row, say_record, wrapped
from shared.clock import utcnow
from shared.eventlog.interface import LogUnavailable, TopicPartition
from shared.eventlog.peek import LogReader
from shared.events.base import EVENTS, topic_of
from shared.path.dead_letters.replaying import WORKER
from shared.path.operating.fates import Fate, Whereabouts, fates
from shared.path.operating.redaction import redact
from shared.path.operating.scanning import find_event, moment_of
from shared.path.operating.tags import Tags
from shared.path.operating.traces import Trace, next_offset, read_trace
from shared.path.operating.type_names import short_type
from shared.path.operating.words import age, clock_time
from shared.settings import SERVICES

_SLACK = timedelta(minutes=5)  # clocks of machines differ


@click.command(short_help="What became of one event, service by service.")
@click.argument("event_id", type=click.UUID)
@click.option("--within", type=Period(), default="1h", show_default=True,
              help="Search the log for so long after the event was recorded.")  # fmt: skip
@REVEAL
@asking(is_required=False)
@reaching
def command(
    event_id: UUID,
    within: timedelta,
    reveal_ids: bool,
    by: str | None,
    because: str | None,
    *,
    access: Access,
    out: Output,
) -> int:
    """Show one event wherever it is: outbox, log, each service's inbox and dead letters.

    Exit code 0: there is a trace of it. 1: there is none.
    """
    if reveal_ids:
        reveal(access, (), by, because, command="show", event_id=str(event_id))
    traces = {service: _trace(access, service, event_id) for service in access.services}
    event_type = next((one.type for one in traces.values() if one.type), None)
    reader = access.reader()
    try:
        where = _find(reader, access, event_id, event_type, within)
        positions = _positions(access, reader, where)
    finally:
        reader.close()
    if where.seen is None and not any(one.is_any for one in traces.values()):
        out.row("fate", event_id=event_id, service=None, fate="no_trace")
        out.say(f"No trace of {event_id} in {', '.join(access.services)}, nor on the log{where.gap}.")
        return 1
    tags = Tags(access.event_key, reveal=reveal_ids)
    record = redact(where.seen.record, access.event_key, tags) if where.seen else None
    event_type = event_type or (record.type if record else None)
    _say_head(out, event_id, event_type)
    if where.seen is not None and record is not None:
        out.row("event", **record_row(where.seen, record))
        out.say("On the log:")
        say_record(out, where.seen, record)
    else:
        out.say(f"Not found on the log{where.gap}.")
    found = fates(event_type, traces, positions, where, services=SERVICES, handlers_of=handlers_of)
    _say_fates(out, event_id, found)
    return 0


def _trace(access: Access, service: str, event_id: UUID) -> Trace:
    with access.database(service) as database, database.transaction(WORKER) as db:
        return read_trace(db, service, event_id)


def _find(
    reader: LogReader, access: Access, event_id: UUID, event_type: str | None, within: timedelta
) -> Whereabouts:
    """Look for the record on its owner's topic, or on all when nobody knows its type."""
    definition = EVENTS.get(event_type or "")
    topics = [topic_of(definition.OWNER)] if definition else [topic_of(owner) for owner in SERVICES]
    recorded = moment_of(event_id)
    begin = recorded - _SLACK if recorded else utcnow() - within
    end = begin + within + _SLACK if recorded else utcnow()
    try:
        found = find_event(reader, topics, event_id, begin=begin, end=end)
        return Whereabouts(
            found, f" between {clock_time(begin)} and {clock_time(end)} (--within searches on)"
        )
    except LogUnavailable:
        warn(log_down(access))
        return Whereabouts(None, ", which does not answer")


def _positions(access: Access, reader: LogReader, where: Whereabouts) -> dict[str, int]:
    """How far each service is in the partition where the event lies."""
    if where.seen is None:
        return {}
    record = where.seen.record
    at = TopicPartition(record.topic, record.partition)
    log_id = reader.log_id()
    found: dict[str, int] = {}
    for service in access.services:
        if record.topic in handlers_of(service).topics():
            with access.database(service) as database, database.transaction(WORKER) as db:
                found[service] = next_offset(db, log_id, at)
    return found


def _say_head(out: Output, event_id: UUID, event_type: str | None) -> None:
    recorded = moment_of(event_id)
    when = f", recorded {clock_time(recorded)} ({_ago(recorded)} ago)" if recorded else ""
    out.say(f"{short_type(event_type)}{when}", "")


def _say_fates(out: Output, event_id: UUID, found: list[Fate]) -> None:
    out.say()
    for one in found:
        out.row(
            "fate", event_id=event_id, service=one.service, fate=one.kind, at=one.at, letter_id=one.letter_id,
            reason=one.reason, error_type=one.error_type, by=one.by, text=one.text,
        )  # fmt: skip
        for number, line in enumerate(wrapped(one.text.split(" "), width=64)):
            out.say(f"{one.service if number == 0 else '':<13}{line}")
    waiting = [one for one in found if one.kind == "waiting" and one.letter_id is not None]
    if waiting:
        out.say(
            "",
            f"Would it work now: attune events replay {waiting[0].service} --id {waiting[0].letter_id} --dry-run",
        )


def _ago(moment: datetime) -> str:
    return age((utcnow() - moment).total_seconds())
