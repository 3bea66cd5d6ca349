"""Does the log answer, has it all topics whole, does it keep events long enough, and does everybody keep up?"""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import text

from deploy.local.doctor.finding import Finding, fail, ok, warn
from deploy.local.doctor.place import Place
from deploy.local.errors import UserError
from deploy.local.events.access import handlers_of
from shared.db.tenancy import Scope
from shared.eventlog.interface import PARTITIONS, LogUnavailable
from shared.eventlog.peek import LogReader
from shared.events.base import topic_of
from shared.settings import SERVICES

LATE_S = 60.0
LEAST_DAYS = 7
"""An event must outlive a long weekend in which a reader stands still."""
_KNOWN = "SELECT topic, min(ticked_at) FROM log_position WHERE log_id = :log AND topic = ANY(:topics) GROUP BY topic"


def check_event_log(place: Place) -> Iterator[Finding]:
    reader = place.access.reader()
    try:
        log_id = reader.log_id()
        yield from _topics(reader)
        yield from _retention(reader)
    except LogUnavailable:
        yield fail(
            "event log",
            "the event log does not answer: events wait in the services' databases, nothing is lost",
            f"start it, or look whether its address is right{_hint(place)}",
        )
        return
    finally:
        reader.close()
    for service in place.access.services:
        yield from _lag(place, service, log_id)


def _hint(place: Place) -> str:
    return f" ({place.access.log_hint})" if place.access.log_hint else ""


def _topics(reader: LogReader) -> Iterator[Finding]:
    wanted = {topic_of(name) for name in SERVICES}
    have = Counter(at.topic for at in reader.bounds(wanted))
    for topic in sorted(wanted):
        if have[topic] != PARTITIONS:
            yield fail(
                "event log",
                f"the topic {topic} has {have[topic]} partitions instead of {PARTITIONS}"
                if have[topic]
                else f"the topic {topic} is missing",
                "start a worker: it makes missing topics"
                if not have[topic]
                else f"a topic with other partitions breaks the order of events: make it anew with {PARTITIONS}",
            )
    if all(have[topic] == PARTITIONS for topic in wanted):
        yield ok("event log", f"all {len(wanted)} topics have {PARTITIONS} partitions")


def _retention(reader: LogReader) -> Iterator[Finding]:
    for topic, days in sorted(reader.retention_days([topic_of(name) for name in SERVICES]).items()):
        if days is not None and days < LEAST_DAYS:
            yield warn(
                "event log",
                f"the topic {topic} keeps events for {days:g} days only",
                f"raise its retention to 30 days, {LEAST_DAYS} at the least: who stands still longer loses events",
            )


def _lag(place: Place, service: str, log_id: str) -> Iterator[Finding]:
    topics = list(handlers_of(service).topics())
    try:
        with place.access.database(service) as database, database.transaction(Scope(role="worker")) as db:
            rows = db.execute(text(_KNOWN), {"log": log_id, "topics": topics}).all()
    except UserError:
        return  # the databases' check says so
    known = {row[0]: row[1] for row in rows if row[1] is not None}
    for topic in sorted(topics):
        age = (place.clock() - known[topic]).total_seconds() if topic in known else None
        if age is None or age > LATE_S:
            since = "nothing yet" if age is None else f"nothing of the last {age:.0f} s"
            yield fail(
                "event log",
                f"{service} knows {since} of {topic}",
                f"do both workers run ({service}'s and {topic.removeprefix('attune.')}'s)? attune events lag says where"
                " it is stuck",
            )
            return
    if topics:
        yield ok("event log", f"{service} keeps up with everybody it listens to")
