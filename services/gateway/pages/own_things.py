"""What is a partner's own, put together for a copy: only from answers about themselves, never from the other's.

The names here are the copy's for other programs, so they change no more than an API's do. Ids stay out: a copy needs
none. What has no time yet stands in an order that its own content gives.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.gateway.pages.intention_sharing import SHARED_INTENTION
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


_OF_WHO_IS_IN_CARE = frozenset({"intention", "shared_intention"})
"""There is none for who is of no couple. Everything else everybody has, be it an empty list: without, it is missing,
as when a service is of yesterday and does not know the question yet."""


def missing(found: Mapping[str, Part]) -> list[str]:
    """What can't be had now, as keys of texts, each once."""
    return list(dict.fromkeys(_CALLED[name] for name in OWN if _is_missing(name, found[name])))


def _is_missing(name: str, part: Part) -> bool:
    return part.is_down or (part.data is None and name not in _OF_WHO_IS_IN_CARE)


def copy_of(found: Mapping[str, Part], *, person: str | None, practice: str, at: datetime) -> dict[str, Any]:
    """The whole copy. Of `found` nothing is missing; a part that is not there for this person is empty."""
    return {
        "version": 1,
        "made_at": at.isoformat(timespec="seconds"),
        "person": person,
        "practice": practice,
        "intention": _intention(found["intention"], found["shared_intention"]),
        "journal": _journal(found["journal"].items, found["shared_journal"].items),
        "check_ins": [
            _only(one, "day", "state", "opened_at", "closed_at", "answers")
            for one in found["check_ins"].items
        ],
        "sessions": _sessions(found["sessions"].items, found["consents"].items),
        "notices": [
            _only(one, "text", "received_at", "occasion_at", "is_read") for one in found["notices"].items
        ],
        "preferences": _only(found["preferences"].data, "language", "quiet_from", "quiet_until", "zone"),
        "addresses": [_only(one, "channel", "address", "is_safe") for one in found["addresses"].items],
    }


def _intention(own: Part, shared: Part) -> list[dict[str, Any]]:
    """Each question with words: those it has now, and those that the partner and the care team see as shared."""
    words, seen = (
        {one["part"]: one["text"] for one in (part.data or {"parts": []})["parts"]} for part in (own, shared)
    )
    return [
        {"question": one.part, "text": words.get(one.part, ""), "shared_text": seen.get(one.part)}
        for one in QUESTIONS
        if words.get(one.part) or one.part in seen
    ]


def _journal(entries: Sequence[Any], snapshots: Sequence[Any]) -> list[dict[str, Any]]:
    """Each entry, newest first, with whom it is shared now, and as they see it."""
    seen = {one["entry_id"]: _only(one, "channel", "text", "mood", "shared_at") for one in snapshots}
    return [
        {
            **_only(one, "written_at", "channel", "text", "mood", "audience"),
            "shared": seen.get(one["entry_id"]),
        }
        for one in entries
    ]


def _sessions(sessions: Sequence[Any], consents: Sequence[Any]) -> list[dict[str, Any]]:
    """In their public states, by their shown times, each with the person's own consent where it takes one."""
    own = {
        one["session_id"]: _only(one, "state", "acts", "text_version", "text", "text_es") for one in consents
    }
    found = [
        {**_only(one, "kind", "state", "starts_at", "ends_at", "zone"), "consent": own.get(one["session_id"])}
        for one in sessions
    ]
    return sorted(found, key=lambda one: (one["starts_at"] or "~", json.dumps(one, sort_keys=True)))


def _only(one: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """These and no others: what a service shows beside them one day is not in a copy until somebody says so."""
    return {name: one[name] for name in names if name in one}
