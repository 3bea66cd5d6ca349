"""What was promised to drivers is there, once (D1): the rows that commands made, and what follows in other services."""

from collections import Counter
from dataclasses import dataclass

from tests.chaos.commands import Command, Journal
from tests.chaos.sight import Sight
from tests.chaos.verdict import Judgement


@dataclass(frozen=True)
class Made:
    """Where what a command makes lies, and under which name its id is answered."""

    service: str
    table: str
    answered_as: str
    only: str = "true"


MADE = {
    "/intake/couples": Made("intake", "couple", "couple_id"),
    "/sessions/bookings": Made("sessions", "booking", "session_id", "kind <> 'consultation'"),
    "/sessions/medicine-sessions": Made("sessions", "medicine_session", "session_id"),
    "/integration/me/journal": Made("integration", "journal_entry", "entry_id"),
}


def check_promises(found: Judgement, seen: Sight, journal: Journal) -> None:
    """Each accepted command made its row, once, whatever was sent again; nothing else made one."""
    found.tried += len(journal.accepted())
    for path, made in MADE.items():
        asked = [one for one in journal.commands.values() if one.path == path]
        _check_made(found, seen, journal, made, asked)


def _check_made(found: Judgement, seen: Sight, journal: Journal, made: Made, asked: list[Command]) -> None:
    query = f"SELECT id::text FROM {made.table} WHERE practice_id = ANY(%s) AND {made.only}"
    there = {row[0] for row in seen.rows(made.service, query, journal.practices())}
    promised: Counter[str] = Counter()
    for command in asked:
        ids = {str(answer[made.answered_as]) for answer in command.answers}
        promised.update(ids)
        if len(ids) > 1:
            found.note("doubled", f"one command made {len(ids)} of {made.table}: {sorted(ids)}")
    for one in promised.keys() - there:
        found.note("lost", f"promised, but not in {made.table}: {one}")
    # Who never heard an answer may have made one.
    unclear = sum(1 for command in asked if command.is_open)
    beyond = len(there - promised.keys()) - unclear
    if beyond > 0:
        found.note("invented", f"{beyond} of {made.table} that nobody was promised", beyond)


_BOOKINGS = (
    "SELECT id, CASE WHEN is_called_off THEN 'cancelled' ELSE state END FROM booking"
    " UNION ALL SELECT id, state FROM medicine_session WHERE state IN ('confirmed', 'in_progress', 'ended')"
)
_ENDED = (
    "SELECT id, person FROM medicine_session, unnest(taking_ids || attending_ids) AS person"
    " WHERE ended_at IS NOT NULL"
)


def check_effects(found: Judgement, seen: Sight) -> None:
    """What sessions and intake hold to be so is what the others know; what opens because of it is open once."""
    known = dict(seen.rows("notify", "SELECT session_id, state FROM appointment"))
    for session_id, state in seen.rows("sessions", _BOOKINGS):
        if known.get(session_id) != state:
            found.note("lost", f"notify knows session {session_id} as {known.get(session_id)}, not {state}")
    journeys = Counter(seen.rows("integration", "SELECT session_id, person_id FROM journey"))
    for one in seen.rows("sessions", _ENDED):
        _once(found, "journey", one, journeys[one])
    couples = dict(seen.rows("sessions", "SELECT couple_id, partner_ids FROM couple"))
    for couple_id, person_id in seen.rows("intake", "SELECT couple_id, id FROM partner"):
        if person_id not in couples.get(couple_id, []):
            found.note("lost", f"sessions does not know partner {person_id} of {couple_id}")


def _once(found: Judgement, what: str, of: object, count: int) -> None:
    if count == 0:
        found.note("lost", f"no {what} of {of}")
    elif count > 1:
        found.note("doubled", f"{count} times {what} of {of}", count - 1)
