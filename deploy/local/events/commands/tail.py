"""`attune events tail`: what lies on the log, newest last, without what identifies a person."""

import heapq
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import click

from deploy.local.events.access import Access
from deploy.local.events.options import (
    REVEAL,
    SERVICES_ARGUMENT,
    Period,
    asking,
    log_down,
    reaching,
    reveal,
)
from deploy.local.events.output import Output, warn
from deploy.local.events.records import record_row, say_record
from shared.clock import utcnow
from shared.eventlog.interface import LogUnavailable, TopicPartition
from shared.eventlog.peek import LogReader, Seen
from shared.events.base import topic_of
from shared.path.operating.redaction import Redacted, State, redact
from shared.path.operating.scanning import scan
from shared.path.operating.tags import Tags
from shared.path.operating.type_names import names_type
from shared.path.operating.words import age, many
from shared.settings import SERVICES

_AGAIN_S = 2.0


class _Window:
    """Which records are shown, and what was seen of the rest."""

    def __init__(self, access: Access, wanted: str | None, *, ticks: bool, is_revealed: bool) -> None:
        self._event_key = access.event_key
        self._tags = Tags(access.event_key, reveal=is_revealed)
        self._wanted, self._ticks = wanted, ticks
        self.newest_tick: dict[str, datetime] = {}  # per owner
        self.events = 0

    def open(self, seen: Seen) -> Redacted | None:
        """The record as it may be shown, or None when it is not asked for."""
        one = redact(seen.record, self._event_key, self._tags)
        if one.state is State.TICK:
            self.newest_tick[one.owner] = max(
                seen.appended_at, self.newest_tick.get(one.owner, seen.appended_at)
            )
            return one if self._ticks else None
        self.events += 1
        if self._wanted is not None and not (one.type and names_type(self._wanted, one.type)):
            return None
        return one


@click.command(short_help="What is said on the event log, newest last.")
@SERVICES_ARGUMENT
@click.option(
    "--since", type=Period(), default="10m", show_default=True, help="How far back: 90s, 10m, 2h, 3d."
)
@click.option(
    "--type", "wanted", metavar="GLOB", help="Only these: SessionBooked, session_*, attune.intake.*"
)
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="The newest so many."
)
@click.option("--follow", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@click.option("--ticks", is_flag=True, help="Show ticks too.")
@REVEAL
@asking(is_required=False)
@reaching
def command(
    services: tuple[str, ...],
    since: timedelta,
    wanted: str | None,
    limit: int,
    follow: bool,
    ticks: bool,
    reveal_ids: bool,
    by: str | None,
    because: str | None,
    *,
    access: Access,
    out: Output,
) -> int:
    """Show what these services said on the event log (all by default), the newest last.

    Reads without joining any group: the workers don't notice.
    """
    owners = services or SERVICES
    if reveal_ids:
        reveal(access, owners, by, because, command="tail", owners=list(owners), type=wanted)
    window = _Window(access, wanted, ticks=ticks, is_revealed=reveal_ids)
    reader = access.reader()
    try:
        topics = [topic_of(owner) for owner in owners]
        begin = utcnow() - since
        start = reader.since(topics, begin)
        ends = {at: one.next for at, one in reader.bounds(topics).items() if at in start}
        for seen, one in _newest(window, scan(reader, start, ends), limit):
            _show(out, seen, one)
        if follow:
            _follow(reader, dict(ends), window, out, access)
        _say_rest(out, window, since, owners)
    finally:
        reader.close()
    return 0


def _newest(window: _Window, scanned: Iterator[Seen], limit: int) -> list[tuple[Seen, Redacted]]:
    kept: list[tuple[datetime, str, int, int, Seen, Redacted]] = []
    for seen in scanned:
        one = window.open(seen)
        if one is not None:
            place = (seen.appended_at, one.owner, one.partition, one.offset, seen, one)
            (heapq.heappushpop if len(kept) >= limit else heapq.heappush)(kept, place)
    return [(place[4], place[5]) for place in sorted(kept, key=lambda place: place[:4])]


def _follow(
    reader: LogReader, at_now: dict[TopicPartition, int], window: _Window, out: Output, access: Access
) -> None:
    """Show what comes, for good. A log that goes away is waited for."""
    is_down = False
    while True:
        try:
            batch = reader.read(at_now, 2000)
        except LogUnavailable:
            if not is_down:
                warn(f"{log_down(access)}: waiting for it")
            is_down = True
            reader.close()
            time.sleep(_AGAIN_S)
            continue
        if is_down:
            warn("it answers again")
            is_down = False
        for seen in sorted(batch, key=lambda seen: seen.appended_at):
            at = TopicPartition(seen.record.topic, seen.record.partition)
            at_now[at] = seen.record.offset + 1
            if (one := window.open(seen)) is not None:
                _show(out, seen, one)
        sys.stdout.flush()


def _show(out: Output, seen: Seen, one: Redacted) -> None:
    out.row("event", **record_row(seen, one))
    say_record(out, seen, one)


def _say_rest(out: Output, window: _Window, since: timedelta, owners: tuple[str, ...]) -> None:
    """How much there was, and who lives: an empty list alone could mean that everything is down."""
    out.say()
    out.say(
        f"{many(window.events, 'event')} in the last {age(since.total_seconds())}. Last sign of life (tick):"
    )
    now = utcnow()
    for owner in owners:
        tick = window.newest_tick.get(owner)
        out.say(
            f"  {owner:<12} {age((now - tick).total_seconds()) + ' ago' if tick else 'none in this time'}"
        )
