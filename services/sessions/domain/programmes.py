"""Programmes: what a medicine session is legally, and the numbers its gate uses. MDMA is none of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.events.sessions import Programme


@dataclass(frozen=True, kw_only=True)
class ProgrammeRules:
    """`spacing`: least time from the end of one medicine session to the start of the next."""

    spacing: timedelta
    source: str
    checked_on: date


RULES: Mapping[Programme, ProgrammeRules] = {
    Programme.KETAMINE_CLINIC: ProgrammeRules(
        spacing=timedelta(hours=72),
        source="product default; a practice may tighten",
        checked_on=date(2026, 1, 5),
    ),
    Programme.PSILOCYBIN_OREGON: ProgrammeRules(
        spacing=timedelta(days=21),
        source="product default; a practice may tighten",
        checked_on=date(2026, 1, 5),
    ),
    Programme.PSILOCYBIN_COLORADO: ProgrammeRules(
        spacing=timedelta(days=21),
        source="product default; a practice may tighten",
        checked_on=date(2026, 1, 5),
    ),
}

INTEGRATION_WITHIN = timedelta(hours=72)


def is_spaced(previous_end: datetime | None, start: datetime, programme: Programme) -> bool:
    """Whether enough time lies between the end of the previous medicine session and this start."""
    return previous_end is None or start - previous_end >= RULES[programme].spacing


def is_within_integration_time(integration_start: datetime, medicine_end: datetime) -> bool:
    """Whether an integration session starts within 72 h after the end of the medicine session."""
    return timedelta() <= integration_start - medicine_end <= INTEGRATION_WITHIN
