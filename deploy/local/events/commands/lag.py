"""`attune events lag`: how far everybody is, and in the last lines what is wrong. Works with every worker down."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import click

from deploy.local.errors import UserError
from deploy.local.events.access import Access, handlers_of
from deploy.local.events.options import SERVICES_ARGUMENT, log_down, reaching
from deploy.local.events.output import Output, warn
from deploy.local.events.records import wrapped
from shared.eventlog.interface import LogUnavailable, TopicPartition
from shared.eventlog.peek import Bounds, LogReader
from shared.path.dead_letters.replaying import WORKER
from shared.path.operating.scanning import claims_tick, scan
from shared.path.operating.standing import Known, Standing, read_standing
from shared.path.operating.verdict import LATE_S, Finding, Own, Problem, Reading, judge
from shared.path.operating.words import age

MOST_COUNTED = 20_000
"""Records behind are read to tell events from ticks; of more than this only the number of records is told."""
_COUNT_S = 5.0


@dataclass
class _Ends:
    """What the log holds, or why it does not say."""

    log_id: str | None = None
    bounds: Mapping[TopicPartition, Bounds] = field(default_factory=dict)
    failure: str | None = None


@click.command(short_help="How far everybody is, and what is wrong.")
@SERVICES_ARGUMENT
@reaching
def command(services: tuple[str, ...], *, access: Access, out: Output) -> int:
    """Show how far each service is: what it has yet to apply, to send, and what it put aside.

    Exit code 0: everything is known within 60 s and nothing waits. 1: something is behind, stuck, or can't be
    asked; the last lines say what. Positions come from the databases and ends from the log, not from workers.
    """
    chosen = access.only(services)
    reader = access.reader()
    try:
        topics = {topic for service in chosen for topic in handlers_of(service).topics()}
        ends = _ask(reader, topics, access)
        standings, unreadable = _stand(access, chosen, ends)
        readings = [one for standing in standings for one in _readings(standing, ends, reader)]
        _warn_of_other_log(standings, ends, access)
    finally:
        reader.close()
    owns = [Own(one.service, one.sending, one.aside, one.read_at) for one in standings]
    findings = unreadable + judge(readings, owns, log_failure=ends.failure)
    _print(out, readings, owns, findings)
    return 1 if findings else 0


def _ask(reader: LogReader, topics: set[str], access: Access) -> _Ends:
    try:
        return _Ends(reader.log_id(), reader.bounds(topics))
    except LogUnavailable:
        return _Ends(failure=f"{log_down(access)}: nothing is sent or applied until it does")


def _stand(access: Access, services: tuple[str, ...], ends: _Ends) -> tuple[list[Standing], list[Finding]]:
    """Each service's standing. One whose database is down does not hide the others, unless all are."""
    standings: list[Standing] = []
    unreadable: list[Finding] = []
    for service in services:
        try:
            with access.database(service) as database, database.transaction(WORKER) as db:
                topics = handlers_of(service).topics()
                standings.append(read_standing(db, service, topics, ends.log_id))
        except UserError as error:
            unreadable.append(Finding(Problem.UNREADABLE, service, str(error)))
    if not standings:
        raise UserError(unreadable[0].text)
    return standings, unreadable


def _readings(standing: Standing, ends: _Ends, reader: LogReader) -> list[Reading]:
    made = []
    for topic, known in standing.known.items():
        records = events = None
        if ends.failure is None:
            bounds = {at: one for at, one in ends.bounds.items() if at.topic == topic}
            records, events = _behind(reader, known, bounds)
        age_s = (standing.read_at - known.until).total_seconds() if known.until else None
        owner = topic.removeprefix("attune.")
        made.append(Reading(standing.service, owner, records, events, age_s, known.newest_tick_at))
    return made


def _behind(
    reader: LogReader, known: Known, bounds: Mapping[TopicPartition, Bounds]
) -> tuple[int, int | None]:
    """Records and events that a service has yet to apply."""
    start = {at: max(known.next_offsets.get(at, 0), one.first) for at, one in bounds.items()}
    left = {at: offset for at, offset in start.items() if offset < bounds[at].next}
    records = sum(bounds[at].next - offset for at, offset in left.items())
    if records > MOST_COUNTED:
        return records, None
    events, deadline = 0, time.monotonic() + _COUNT_S
    for seen in scan(reader, left, {at: bounds[at].next for at in left}):
        events += not claims_tick(seen.record)
        if time.monotonic() > deadline:
            return records, None
    return records, events


def _warn_of_other_log(standings: list[Standing], ends: _Ends, access: Access) -> None:
    if ends.log_id is None:
        return
    lost = [one.service for one in standings if all(not known.next_offsets for known in one.known.values())]
    if lost:
        warn(
            f"{', '.join(lost)} never read the log that was asked here. Is it the platform's? {access.log_hint}"
        )


def _print(out: Output, readings: list[Reading], owns: list[Own], findings: list[Finding]) -> None:
    for one in readings:
        out.row(
            "reading", service=one.service, owner=one.owner, events_behind=one.events,
            records_behind=one.records, known_age_s=one.known_age_s, newest_tick_at=one.newest_tick_at,
        )  # fmt: skip
    for own in owns:
        out.row(
            "own", service=own.service, outbox_events=own.sending.events, outbox_ticks=own.sending.ticks,
            outbox_oldest_age_s=own.age_of(own.sending.oldest_at), waiting_letters=own.aside.waiting,
            waiting_keys=own.aside.keys, waiting_oldest_age_s=own.age_of(own.aside.oldest_at),
            evidence=own.aside.evidence,
        )  # fmt: skip
    for finding in findings:
        out.row("finding", problem=finding.problem, service=finding.service, text=finding.text)
    out.row("verdict", is_ok=not findings, findings=len(findings))
    out.table(
        ("SERVICE", "OF", "EVENTS TO APPLY", "WITH TICKS", "KNOWS ALL UP TO"),
        [(one.service, one.owner, _count(one.events), _count(one.records), _known(one)) for one in readings],
    )
    out.say()
    out.table(
        ("SERVICE", "TO SEND", "OLDEST", "PUT ASIDE", "KEYS STUCK", "OLDEST"),
        [
            (
                own.service,
                own.sending.events,
                _ago(own.age_of(own.sending.oldest_at)),
                own.aside.waiting,
                own.aside.keys,
                _ago(own.age_of(own.aside.oldest_at)),
            )
            for own in owns
        ],
    )
    out.say()
    if not findings:
        oldest = max((one.known_age_s or 0.0 for one in readings), default=0.0)
        out.say(f"All caught up: everybody knows what happened up to {age(oldest)} ago, and nothing waits.")
    for finding in findings:
        first, *more = wrapped(finding.text.split(" "))
        out.say(f"! {first}", *(f"  {line}" for line in more))


def _known(one: Reading) -> str:
    if one.known_age_s is None:
        return "never"
    return f"{age(one.known_age_s)} ago{'  LATE' if one.known_age_s > LATE_S else ''}"


def _count(number: int | None) -> int | str:
    return "?" if number is None else number


def _ago(seconds: float | None) -> str:
    return "-" if seconds is None else age(seconds)
