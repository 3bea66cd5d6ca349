"""A couple's time on two rails, from what the services give the reader."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.gateway.language import language, page_texts
from services.gateway.pages import care_words
from services.gateway.pages.care import Place
from services.gateway.pages.parts import Part

Partners = Sequence[Mapping[str, Any]]
Row = dict[str, Any]


def timeline(
    partners: Partners,
    here: Place,
    sessions: Sequence[Mapping[str, Any]],
    gates: Sequence[Mapping[str, Any]],
    parts: Mapping[str, Part],
    concerns: Sequence[Mapping[str, Any]],
) -> list[Row]:
    """Rows in order of time, with a line for today; what lies ahead of it is marked so."""
    t = page_texts(language())
    rows = [
        *_appointments(partners, sessions, t),
        *_consents(partners, gates, t),
        *_decisions(partners, parts, t),
        *_journeys(partners, parts, t),
        *_concerns(partners, concerns, t),
    ]
    rows.sort(key=lambda row: _moment(row["at"]))
    before = [row for row in rows if _moment(row["at"]) <= here.now]
    ahead = [{**row, "is_ahead": True} for row in rows if _moment(row["at"]) > here.now]
    return [*before, {"is_today": True}, *ahead] if rows else []


def _appointments(
    partners: Partners, sessions: Sequence[Mapping[str, Any]], t: Mapping[str, str]
) -> Iterator[Row]:
    for one in sessions:
        if one["state"] == "cancelled":
            continue
        there = [partner for partner in partners if partner["id"] in one["partner_ids"]]
        state = care_words.STATES[one["state"]]
        words = f"{t[care_words.KINDS[one['kind']]]} · {t[state.words]}"
        yield {
            "side": "both" if len(there) != 1 else there[0]["shape"],
            "who": there[0]["name"] if len(there) == 1 else "",
            "at": one["starts_at"],
            "words": words,
        }


def _consents(partners: Partners, gates: Sequence[Mapping[str, Any]], t: Mapping[str, str]) -> Iterator[Row]:
    consent = t["care_consent"]
    for gate in gates:
        for one in gate["consents"]:
            if one["at"]:
                words = f"{consent}: {t[care_words.CONSENTS[one['state']].words]}"
                yield from _of(partners, one["person_id"], one["at"], words)


def _decisions(partners: Partners, parts: Mapping[str, Part], t: Mapping[str, str]) -> Iterator[Row]:
    part, readiness = parts.get("readiness", Part()), t["care_readiness"]
    for one in part.items:
        words = f"{readiness}: {t[care_words.DECISIONS[one['decision']].words]}"
        yield from _of(partners, one["person_id"], one["decided_at"], words)
    for one in (part.data or {}).get("preparations", ()):
        yield from _of(partners, one["person_id"], one["completed_at"], t["care_prepared"])


def _journeys(partners: Partners, parts: Mapping[str, Part], t: Mapping[str, str]) -> Iterator[Row]:
    for one in parts.get("journeys", Part()).items:
        yield from _of(partners, one["person_id"], one["opened_at"], t["care_journey_opened"])


def _concerns(
    partners: Partners, concerns: Sequence[Mapping[str, Any]], t: Mapping[str, str]
) -> Iterator[Row]:
    for one in concerns:
        yield from _of(partners, one["person_id"], one["raised_at"], t["care_private"])


def _of(partners: Partners, person_id: str, at: str, words: str) -> Iterator[Row]:
    for one in partners:
        if one["id"] == person_id:
            yield {"side": one["shape"], "who": one["name"], "at": at, "words": words}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
