"""The 24 kinds of change to an event, each with what it does to readers of both ages.

A row is read both ways round: what a change does to older readers, its undoing does to stored events.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.events.base import Zone
from tests.events.forms import Form, Three, Two, opened, told, with_field


@dataclass(frozen=True)
class Change:
    """`forward`: why an older reader trips over new events; `backward`: why today's trips over stored ones."""

    name: str
    before: tuple[Form, ...]  # every revision, oldest first
    after: Form
    forward: str | None = None
    backward: str | None = None


def change(
    name: str, before: Form, after: Form, *, forward: str | None = None, backward: str | None = None
) -> Change:
    return Change(name, (before,), after, forward, backward)


def both(name: str, before: Form, after: Form, why: str) -> Change:
    return Change(name, (before,), after, why, why)


def number(**bounds: int) -> Form:
    return with_field("x", {"type": "integer", **bounds})


def text(**bounds: Any) -> Form:
    return with_field("x", {"type": "string", **bounds})


def ids(**bounds: int) -> Form:
    return with_field("x", {"type": "array", "items": {"type": "string", "format": "uuid"}, **bounds})


MAYBE_NUMBER, MAYBE_ID = (int | None, None), (UUID | None, None)

CHANGES = [
    # fields
    change("an optional field comes", told(), told(x=MAYBE_NUMBER)),
    change("a required field comes", told(), told(x=int), backward="x may be missing, but must be there"),
    change(
        "an optional field is required", told(x=(int, 1)), told(x=int), backward="x may be missing, but must"
    ),
    change(
        "a field gets another name",
        told(x=int),
        told(y=int),
        forward="x may be missing, but must be there",
        backward="y may be missing, but must be there",
    ),
    Change(
        "an optional field comes back as something else",
        (told(x=MAYBE_NUMBER), told()),
        told(x=MAYBE_ID),
        forward="x comes as string uuid, but must be integer",
        backward="x comes as integer, but must be string uuid",
    ),
    both("another default", told(x=(int, 1)), told(x=(int, 2)), "x left out means"),
    Change(
        "the writer may send fields of any name",
        (told(y=MAYBE_NUMBER), told()),
        opened(told()),
        forward="fields of any name may come",
    ),
    # types
    both("another type", told(x=int), told(x=bool), "x comes as"),
    both("another format", told(x=UUID), told(x=datetime), "x comes as"),
    both("one becomes a list", told(x=UUID), told(x=tuple[UUID, ...]), "x comes as"),
    both("a list of something else", told(x=tuple[UUID, ...]), told(x=tuple[int, ...]), "one of x comes as"),
    change(
        "null is a value", told(x=int), told(x=int | None), forward="x may be null, but must have a value"
    ),
    # values
    change(
        "an enumeration gains a value",
        told(x=Two),
        told(x=Three),
        forward='x may be "never", which is not known',
    ),
    change(
        "an enumeration becomes a word",
        told(x=Two),
        told(x=Zone),
        forward='x may be anything, but only "early", "late" are known',
    ),
    change("a wider range", number(maximum=10), number(maximum=20), forward="x may be more than 10"),
    change("a longer text", text(maxLength=10), text(maxLength=20), forward="x may be longer than 10"),
    both(
        "another pattern",
        text(pattern="^[a-z]+$"),
        text(pattern="^[0-9]+$"),
        "x is written by another pattern",
    ),
    change("a shorter list", ids(minItems=1), ids(minItems=0), forward="x may be fewer than 1"),
    # the way it comes
    both("another name", told(), told(name="Said"), "its readers know it by its name"),
    both("another owner", told(), told(owner="sessions"), "its readers look for it on its topic"),
    both("another key", told(), told(key="person_id"), "in no order"),
    both("it no longer waits its turn", told(), told(needs_order=False), "behind an event put aside"),
    change("a consumer leaves", told(), told(consumers=())),
    change("other words for people", told(x=Two), told(x=Two, about="Somebody told something.")),
]
