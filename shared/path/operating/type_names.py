"""Event types as people type and read them: `attune.sessions.session_booked.v1` is also `SessionBooked`."""

import re
from fnmatch import fnmatchcase

from shared.events.base import EVENTS

_SAFE = re.compile(r"[a-zA-Z0-9._-]{1,120}")


def names_type(given: str, event_type: str) -> bool:
    """Whether `given` (a name or a glob, in any case) means this type.

    It may be the full name, the name without `attune.`, the event alone with or without its version
    (`session_booked`, `session_booked.v1`), or the name of its class.
    """
    wanted = given.lower()
    return any(fnmatchcase(name.lower(), wanted) for name in _names(event_type))


def short_type(event_type: str | None) -> str:
    """A type in few letters for a person's eyes: its class, else its own name if nothing odd is in it."""
    if event_type is None:
        return "(unreadable)"
    definition = EVENTS.get(event_type)
    if definition is not None:
        version = f".v{definition.VERSION}" if definition.VERSION != 1 else ""
        return f"{definition.__name__}{version}"
    return event_type if _SAFE.fullmatch(event_type) else "(odd name)"


def _names(event_type: str) -> list[str]:
    names = [event_type, event_type.removeprefix("attune.")]
    parts = event_type.split(".")
    if len(parts) == 4:
        names += [parts[2], f"{parts[2]}.{parts[3]}", parts[2].replace("_", "")]
    return names
