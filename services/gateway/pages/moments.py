"""Dates and times as people say them, in their language and in the place's zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.dates import format_skeleton as in_shape

_PLACES = {"en": "en_US", "es": "es_US"}


class Words:
    """For templates: `moment.day(text, zone)`. `text` is RFC 3339 as the services give it, or a datetime."""

    def __init__(self, language: str) -> None:
        self._locale = _PLACES[language]

    def day(self, at: str | datetime, zone: str | None) -> str:
        """Thursday, December 3"""
        shape = str(Locale.parse(self._locale).datetime_skeletons["MMMMEd"].pattern)
        return str(format_date(local(at, zone), shape.replace("E", "EEEE"), locale=self._locale))

    def short_day(self, at: str | datetime, zone: str | None) -> str:
        """Dec 3"""
        return str(in_shape("MMMd", local(at, zone), locale=self._locale))

    def weekday(self, at: str | datetime, zone: str | None) -> str:
        """Thu"""
        return str(in_shape("E", local(at, zone), locale=self._locale))

    def month(self, at: str | datetime, zone: str | None) -> str:
        """Dec"""
        return str(in_shape("MMM", local(at, zone), locale=self._locale))

    def number(self, at: str | datetime, zone: str | None) -> str:
        """3: the day of the month."""
        return str(local(at, zone).day)

    def time(self, at: str | datetime, zone: str | None) -> str:
        """10:00 AM"""
        return str(format_time(local(at, zone), format="short", locale=self._locale))

    def date(self, at: str | datetime, zone: str | None) -> str:
        """Thursday, December 3, 2026"""
        return str(format_date(local(at, zone), format="full", locale=self._locale))

    def full(self, at: str | datetime, zone: str | None) -> str:
        """Thursday, December 3, 2026, 10:00 AM"""
        return f"{self.date(at, zone)}, {self.time(at, zone)}"

    def part_of_day(self, at: datetime, zone: str | None) -> str:
        """morning, afternoon or evening: the key of a greeting."""
        hour = local(at, zone).hour
        return "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"


def local(at: str | datetime, zone: str | None) -> datetime:
    """The moment in the place's time; without a zone in UTC."""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.astimezone(ZoneInfo(zone or "UTC"))
