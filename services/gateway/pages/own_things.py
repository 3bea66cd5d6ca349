"""What is a partner's own, put together for a copy: only from answers about themselves, never from the other's.

The names here are the copy's for other programs, so they change no more than an API's do. Ids stay out: a copy needs
none. What has no time yet stands in an order that its own content gives.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from services.gateway.pages.intention_sharing import SHARED_INTENTION
from services.gateway.pages.own_parts import Row, is_there, rows, torn
from services.gateway.pages.parts import Ask, Part
from services.gateway.pages.prepare import OWN_INTENTION
from services.gateway.pages.questions import QUESTIONS

OWN: Mapping[str, Ask] = {
    "intention": OWN_INTENTION,
    "shared_intention": SHARED_INTENTION,
    "journal": Ask("integration", "me/journal", is_whole=True),
    "shared_journal": Ask("integration", "me/shared-by-me", is_whole=True),
    "check_ins": Ask("integration", "me/check-ins/all", is_whole=True),
    "sessions": Ask("sessions", "me/sessions"),
    "consents": Ask("sessions", "me/consents"),
    "notices": Ask("notify", "me/inbox", is_whole=True),
    "preferences": Ask("notify", "me/preferences"),
    "addresses": Ask("notify", "me/contacts"),
}
_CALLED = {
    "intention": "answers_heading",
    "shared_intention": "answers_heading",
    "journal": "journal_entries",
    "shared_journal": "journal_entries",
    "check_ins": "check_ins_title",
    "sessions": "sessions_heading",
    "consents": "seen_consents",
    "notices": "notices_title",
    "preferences": "more_reach",
    "addresses": "more_reach",
}
"""How a part is called where it can't be had: keys of texts."""


def missing(found: Mapping[str, Part]) -> list[str]:
    """What can't be had now, as keys of texts, each once."""
    unfit = torn(found)
    absent = [name for name, part in found.items() if name in unfit or not is_there(name, part)]
    return list(dict.fromkeys(_CALLED[name] for name in OWN if name in absent))


def copy_of(found: Mapping[str, Part], *, person: str | None, practice: str, at: datetime) -> dict[str, Any]:
    """The whole copy. Of `found` nothing is missing; a part that is not there for this person is empty.

    Check-ins may be left out of `found`: then there is null in their place.
    """
    held = {name: rows(name, part) for name, part in found.items()}
    return {
        "version": 1,
        "made_at": at.astimezone(UTC).isoformat(timespec="seconds"),
        "person": person,
        "practice": practice,
        "intention": _intention(held["intention"], held["shared_intention"]),
        "journal": _journal(held["journal"], held["shared_journal"]),
        "check_ins": held.get("check_ins"),
        "sessions": _sessions(held["sessions"], held["consents"]),
        "notices": held["notices"],
        "preferences": held["preferences"][0],
        "addresses": held["addresses"],
    }


def _intention(own: list[Row], shared: list[Row]) -> list[Row]:
    """Each question with words: those it has now, and those that the partner and the care team see as shared."""
    words, seen = ({one["part"]: one["text"] for one in parts} for parts in (own, shared))
    return [
        {"question": one.part, "text": words.get(one.part, ""), "shared_text": seen.get(one.part)}
        for one in QUESTIONS
        if words.get(one.part) or one.part in seen
    ]


def _journal(entries: list[Row], snapshots: list[Row]) -> list[Row]:
    """Each entry, newest first, with whom it is shared now, and as they see it."""
    seen = {one["entry_id"]: _without(one, "entry_id", "audience") for one in snapshots}
    return [{**_without(one, "entry_id"), "shared": seen.get(one["entry_id"])} for one in entries]


def _sessions(sessions: list[Row], consents: list[Row]) -> list[Row]:
    """In their public states, by their shown times, each with the person's own consent where it takes one."""
    own = {one["session_id"]: _without(one, "session_id") for one in consents}
    found = [{**_without(one, "session_id"), "consent": own.get(one["session_id"])} for one in sessions]
    return sorted(found, key=lambda one: (one["starts_at"] or "~", json.dumps(one, sort_keys=True)))


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}
