"""The event path of a whole platform: every event applied once by everybody it is for, in the order of its session."""

import importlib
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from shared.events.base import EVENTS
from shared.settings import SERVICES
from tests.chaos.sight import Record, Sight
from tests.chaos.verdict import Judgement

LEFT_OVER = {
    "outbox": "SELECT count(*) FROM outbox WHERE type <> 'attune.plumbing.tick.v1'",
    "dead_letter": "SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL",
    "timer": "SELECT count(*) FROM timer WHERE fire_at < now() - interval '20 seconds'",
}
"""What waits when nothing should: by table."""


def check_path(found: Judgement, seen: Sight) -> None:
    """Each event on the log is in the inbox of each service it is for; each session's events lie in order."""
    ids_for = _by_reader(seen.records)
    for service in SERVICES:
        inbox = {event_id for (event_id,) in seen.rows(service, "SELECT event_id FROM inbox")}
        for event_id in ids_for[service] - inbox:
            found.note("lost", f"{service} has not applied {event_id}")
    _check_order(found, seen.records)
    for service in SERVICES:
        for table, query in LEFT_OVER.items():
            ((count,),) = seen.rows(service, query)
            if count:
                found.note("left_over", f"{count} in {table} of {service}", count)


def _by_reader(records: Sequence[Record]) -> dict[str, set[UUID]]:
    ids: dict[str, set[UUID]] = defaultdict(set)
    for service in SERVICES:
        importlib.import_module(f"shared.events.{service}")
    for one in records:
        definition = EVENTS.get(one.type)
        for service in definition.CONSUMERS if definition else ():
            ids[service].add(one.event_id)
    return ids


def _check_order(found: Judgement, records: Sequence[Record]) -> None:
    """An event's id begins with the millisecond in which it was recorded, under the lock of its session's row."""
    newest: dict[str, int] = {}
    known: set[UUID] = set()
    for one in records:
        if one.session_id is None or one.event_id in known:
            continue
        known.add(one.event_id)
        ms, key = one.event_id.int >> 80, f"{one.place.split('/')[0]} {one.session_id}"
        if ms < newest.get(key, 0):
            found.note("reordered", f"{one.place} {one.type} of session {one.session_id}")
        newest[key] = max(ms, newest.get(key, 0))
