"""What an operator sees of one service, from its own database."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from shared.errors import NotFound
from shared.events.base import EVENTS
from shared.path.acts import Act, Written, acts_of
from shared.path.dead_letters.content import record_of, unsent_record_of
from shared.path.dead_letters.kept import Kept, keep
from shared.path.dead_letters.letters import Letter, every_letter
from shared.path.dead_letters.outcome import Outcome
from shared.path.dead_letters.wanted import Wanted
from shared.path.operating.due import read_due
from shared.path.operating.fates import fates_in
from shared.path.operating.redaction import redact
from shared.path.operating.standing import read_standing
from shared.path.operating.tags import Tags
from shared.path.operating.traces import read_trace
from shared.path.operating.type_names import short_type
from shared.path.operating.verdict import Own
from shared.web.operators.reach import Reach


def standing(db: Session, here: Reach) -> dict[str, Any]:
    """How far the service is with each other, what it has yet to send, and what waits here."""
    found = read_standing(db, here.service, here.handlers.topics(), None)
    own = Own(here.service, found.sending, found.aside, found.read_at)
    readings = [
        {
            "owner": topic.removeprefix("attune."),
            "known_age_s": (found.read_at - known.until).total_seconds() if known.until else None,
            "newest_tick_at": known.newest_tick_at,
        }
        for topic, known in found.known.items()
    ]
    return {
        "service": here.service,
        "read_at": found.read_at,
        "readings": readings,
        "outbox_events": found.sending.events,
        "outbox_ticks": found.sending.ticks,
        "outbox_oldest_age_s": own.age_of(found.sending.oldest_at),
        "waiting_letters": found.aside.waiting,
        "waiting_keys": found.aside.keys,
        "waiting_oldest_age_s": own.age_of(found.aside.oldest_at),
        "evidence": found.aside.evidence,
        "late_timers": sum(one.late for one in read_due(db, db.info["clock"]())),
    }


def letters(db: Session, here: Reach, *, is_all: bool, limit: int) -> dict[str, Any]:
    """What was put aside: causes, or all there is; the newest `limit`, oldest first."""
    kept = keep(here.service, every_letter(db), Wanted(), is_waiting=not is_all)
    return {
        "items": [_letter(kept, one, here.tags) for one in kept.shown[-limit:]],
        "waiting": len(kept.causes) + sum(kept.parked.values()),
        "evidence": kept.evidence,
    }


def letter(db: Session, here: Reach, letter_id: int) -> dict[str, Any]:
    """One of them, with what may be seen of its event. Raises NotFound."""
    kept = keep(here.service, every_letter(db), Wanted(), is_waiting=False)
    found = next((one for one in kept.shown if one.id == letter_id), None)
    if found is None:
        raise NotFound
    record = asdict(redact(record_of(db, found), here.event_key, here.tags))
    return {**_letter(kept, found, here.tags), "record": record}


def trace(db: Session, here: Reach, event_id: UUID) -> dict[str, Any]:
    """What this service's database tells of one event."""
    found = read_trace(db, here.service, event_id)
    definition = EVENTS.get(found.type or "")
    record = unsent_record_of(db, event_id) if found.unsent else None
    if record is None and found.letters:
        record = record_of(db, found.letters[0])
    fates = fates_in(found, definition, here.handlers) if found.is_any else []
    return {
        "type": found.type,
        "is_any": found.is_any,
        "fates": fates,
        "record": asdict(redact(record, here.event_key, here.tags)) if record else None,
    }


def outcomes(found: Sequence[Outcome]) -> list[dict[str, Any]]:
    """What came, or would come, of each letter."""
    return [
        {
            "id": one.letter.id,
            "result": one.result.value,
            "is_applied": one.is_applied,
            "error_type": one.error_type,
            "behind_id": one.behind_id,
        }
        for one in found
    ]


def replay(db: Session, run_id: UUID) -> dict[str, Any]:
    """What one replay did, as it was written down. Raises NotFound."""
    written = acts_of(db, run_id)
    begun = _first(written, Act.REPLAY_BEGUN)
    if begun is None:
        raise NotFound
    ended = _first(written, Act.REPLAY_ENDED)
    return {
        "run_id": run_id,
        "by": begun.by,
        "because": begun.because,
        "begun_at": begun.at,
        "ended_at": ended.at if ended else None,
        "applied_ids": [one.letter_id for one in written if one.act == Act.REPLAYED],
        "waiting": ended.waiting if ended else None,
    }


def _first(written: Sequence[Written], act: Act) -> Written | None:
    return next((one for one in written if one.act == act), None)


def _letter(kept: Kept, one: Letter, tags: Tags) -> dict[str, Any]:
    return {
        "service": kept.service,
        "id": one.id,
        "event_id": one.event_id,
        "type": short_type(one.type),
        "practice_id": one.practice_id,
        "owner": one.topic.removeprefix("attune."),
        "partition": one.partition,
        "offset": one.offset,
        "key": tags.of_key(one.key),
        "reason": one.reason,
        "error_type": one.error_type,
        "put_aside_at": one.put_aside_at,
        "parked_behind": kept.parked_behind(one),
        "state": one.state,
        "replayed_at": one.replayed_at,
        "replayed_by": one.replayed_by,
    }
