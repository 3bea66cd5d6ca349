"""Times and durations as a tired person reads them: UTC, and no more precise than helps."""

from datetime import UTC, datetime


def age(seconds: float) -> str:
    """A duration in its two largest units at most: 4 s, 3 min, 2 h 5 min, 3 d 4 h."""
    whole = int(max(0.0, seconds))
    if whole < 120:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    if hours < 48:
        return f"{hours} h {minutes % 60} min"
    return f"{hours // 24} d {hours % 24} h"


def clock_time(moment: datetime) -> str:
    """Date and time to the second, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def many(number: int, noun: str) -> str:
    """A number of things: 1 event, 2 events, 12,000 events."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
