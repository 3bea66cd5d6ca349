"""What a check found. Nothing private: names of services, roles, topics, places; never a value, an id or an address."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"  # it works; somebody should look soon
    FAIL = "fail"  # something does not work, or is not safe


@dataclass(frozen=True)
class Finding:
    """`says` is what is so, in one sentence; `do` is what to do about it."""

    check: str
    level: Level
    says: str
    do: str = ""


def ok(check: str, says: str) -> Finding:
    return Finding(check, Level.OK, says)


def warn(check: str, says: str, do: str) -> Finding:
    return Finding(check, Level.WARN, says, do)


def fail(check: str, says: str, do: str) -> Finding:
    return Finding(check, Level.FAIL, says, do)
