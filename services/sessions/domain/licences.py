"""Licences: a dated table; valid through the last day, as days of the place's zone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.events.sessions import SessionKind

MUST_BE_LICENSED = frozenset({SessionKind.MEDICINE, SessionKind.INTEGRATION})


@dataclass(frozen=True)
class LicencePeriod:
    valid_from: date
    valid_until: date


def is_licensed(
    licences: Collection[LicencePeriod],
    kind: SessionKind,
    *,
    starts_at: datetime,
    ends_at: datetime,
    zone: str,
) -> bool:
    """Whether some licence covers every day that the session touches, its first and last day included.

    Without any licence on record, only kinds that need none may be booked.
    """
    if not licences:
        return kind not in MUST_BE_LICENSED
    place = ZoneInfo(zone)
    first = starts_at.astimezone(place).date()
    last = (ends_at - timedelta(microseconds=1)).astimezone(place).date()
    return any(licence.valid_from <= first and last <= licence.valid_until for licence in licences)
