"""What became of one event in each service, from what the databases and the log say of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.clock import utcnow
from shared.eventlog.peek import Seen
from shared.events.base import EVENTS, Event
from shared.path.handlers import Handlers
from shared.path.operating.traces import Trace
from shared.path.operating.words import age, clock_time, many

HandlersOf = Callable[[str], Handlers]
"""What this program does with the events that a service listens to."""


@dataclass(frozen=True)
class Whereabouts:
    """The event's record on the log, or the words for where it was not found."""

    seen: Seen | None
    gap: str


NOT_LOOKED_FOR = Whereabouts(None, "")


@dataclass(frozen=True)
class Fate:
    """What became of it in one service. `kind` is one of: unsent, sent, applied, waiting, replayed, to_apply,
    passed, not_for_it, unknown, out_of_reach."""

    service: str
    kind: str
    text: str
    at: datetime | None = None
    letter_id: int | None = None
    reason: str | None = None
    error_type: str | None = None
    by: str | None = None


def fates(
    event_type: str | None,
    traces: Mapping[str, Trace],
    positions: Mapping[str, int],
    where: Whereabouts,
    *,
    services: Sequence[str],
    handlers_of: HandlersOf,
) -> list[Fate]:
    """One or more per service: its owner's first, then of those who listen."""
    definition = EVENTS.get(event_type or "")
    owner = definition.OWNER if definition else None
    found: list[Fate] = []
    for service in sorted(services, key=lambda one: one != owner):
        trace = traces.get(service)
        if trace is None:
            if definition is None or service in (owner, *definition.CONSUMERS):
                found.append(Fate(service, "out_of_reach", "its database can't be reached from here"))
            continue
        handlers = handlers_of(service)
        found += fates_in(trace, definition, handlers, position=positions.get(service), where=where)
    return found


def fates_in(
    trace: Trace,
    definition: type[Event] | None,
    handlers: Handlers,
    *,
    position: int | None = None,
    where: Whereabouts = NOT_LOOKED_FOR,
) -> list[Fate]:
    """What became of it in one service, as far as its own database tells; more when its place on the log is known."""
    is_owner = definition is not None and trace.service == definition.OWNER
    found: list[Fate] = []
    if is_owner or trace.unsent:
        found.append(_of_owner(trace, where))
    if not is_owner or trace.applied_at or trace.letters:
        found += _of_consumer(trace, position, where, definition, handlers)
    return found


def _of_owner(trace: Trace, where: Whereabouts) -> Fate:
    if trace.unsent is not None:
        waited = age((utcnow() - trace.unsent.occurred_at).total_seconds())
        return Fate(trace.service, "unsent", f"wrote it; it has waited in its outbox for {waited}")
    if where.seen is not None:
        return Fate(trace.service, "sent", "wrote it and sent it", at=where.seen.appended_at)
    return Fate(trace.service, "unknown", "owns it; it is not in its outbox any more")


def _of_consumer(
    trace: Trace,
    position: int | None,
    where: Whereabouts,
    definition: type[Event] | None,
    handlers: Handlers,
) -> Iterator[Fate]:
    for letter in trace.letters:
        why = f"{letter.reason}: {letter.error_type}" if letter.error_type else letter.reason
        aside = f"put it aside as #{letter.id} ({why}) at {clock_time(letter.put_aside_at)}"
        replayed_at, by = letter.replayed_at, letter.replayed_by
        yield Fate(
            service=trace.service,
            kind="replayed" if replayed_at else "waiting",
            text=f"{aside}; "
            + (f"replayed {clock_time(replayed_at)} by {by}" if replayed_at else "it waits for a replay"),
            at=replayed_at or letter.put_aside_at,
            letter_id=letter.id,
            reason=letter.reason,
            error_type=letter.error_type,
            by=by,
        )
    if trace.applied_at is not None and not trace.letters:
        text = f"applied it at {clock_time(trace.applied_at)}"
        yield Fate(trace.service, "applied", text, trace.applied_at)
    if trace.applied_at is not None or trace.letters:
        return
    if definition is not None and definition not in handlers.handled():
        yield Fate(trace.service, "not_for_it", "does not listen to it")
    elif where.seen is None or position is None:
        yield Fate(trace.service, "unknown", "has no trace of it")
    elif position <= where.seen.record.offset:
        before = where.seen.record.offset - position
        text = (
            f"has yet to apply it, {many(before, 'record')} come before"
            if before
            else "has yet to apply it: next"
        )
        yield Fate(trace.service, "to_apply", text)
    else:
        text = "has gone past it without a trace: its program did not handle this event then, or a trace was deleted"
        yield Fate(trace.service, "passed", text)
