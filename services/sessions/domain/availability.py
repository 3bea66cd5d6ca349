"""Availability: weekly rules in local time, turned into moments so that a clock change loses or doubles nothing.

A local time in a fold (clocks back) means its first occurrence. One in a gap (clocks forward) means the
moment of the change: so rules that touch each other in local time touch each other in real time.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.clock import next_quarter_hour

CONSULTATION = timedelta(minutes=15)
LEAD_TIME = timedelta(hours=1)
LOOK_AHEAD = timedelta(days=14)
MOST_SHOWN = 20
MOST_OF_A_DAY = 8
"""A visitor may be anybody: enough to choose from, too few to read somebody's day by."""


@dataclass(frozen=True)
class WeeklyRule:
    """`weekday` 0 is Monday."""

    weekday: int
    from_time: time
    until_time: time
    zone: str


@dataclass(frozen=True, order=True)
class Span:
    """From `start`, up to but without `end`, in UTC."""

    start: datetime
    end: datetime


def spread(starts: Sequence[datetime], most: int) -> list[datetime]:
    """At most so many of them, evenly from the first to the last."""
    if len(starts) <= most:
        return list(starts)
    return [starts[n * (len(starts) - 1) // (most - 1)] for n in range(most)]


def moment_of(day: date, clock_time: time, place: ZoneInfo) -> datetime:
    """The moment, in UTC, at which a clock in `place` first shows or jumps over `clock_time` on `day`."""
    local = datetime.combine(day, clock_time, place)
    moment = local.astimezone(UTC)
    if moment.astimezone(place).replace(tzinfo=None) == local.replace(tzinfo=None):
        return moment
    # In a gap: the change lies between the readings with the later and the earlier offset.
    before = int(local.replace(fold=1).astimezone(UTC).timestamp())
    after = int(moment.timestamp())
    old_offset = datetime.fromtimestamp(before, place).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, place).utcoffset() == old_offset:
            before = middle
        else:
            after = middle
    return datetime.fromtimestamp(after, UTC)


def spans(rules: Iterable[WeeklyRule], within: Span) -> list[Span]:
    """The time the rules give within a span, merged and in order."""
    found = []
    for rule in rules:
        place = ZoneInfo(rule.zone)
        for day in _days(within, place):
            if day.weekday() != rule.weekday:
                continue
            start = max(moment_of(day, rule.from_time, place), within.start)
            end = min(moment_of(day, rule.until_time, place), within.end)
            if start < end:
                found.append(Span(start, end))
    return _merged(found)


def is_available(rules: Iterable[WeeklyRule], wanted: Span) -> bool:
    """Whether the rules cover all of the wanted time."""
    return spans(rules, wanted) == [wanted]


def consultation_starts(
    rules: Iterable[WeeklyRule], occupied: Collection[Span], *, now: datetime
) -> Iterator[datetime]:
    """Quarter hours at which one practitioner could hold a consultation of 15 minutes, in order."""
    horizon = Span(now + LEAD_TIME, now + LOOK_AHEAD)
    for free in spans(rules, horizon):
        start = next_quarter_hour(free.start)
        while start + CONSULTATION <= free.end:
            end = start + CONSULTATION
            if not any(busy.start < end and start < busy.end for busy in occupied):
                yield start
            start = end


def _days(within: Span, place: ZoneInfo) -> Iterator[date]:
    day = within.start.astimezone(place).date()
    last = within.end.astimezone(place).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def _merged(found: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(found):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged
