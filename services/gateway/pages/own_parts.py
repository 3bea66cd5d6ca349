"""What each part of a copy must be before it counts as there: every field by name, every state one that has words.

A service may be of yesterday or of tomorrow. What it leaves out or names anew is a missing part, never a silent gap.
"""

from collections.abc import Container, Mapping
from datetime import datetime
from typing import Any

from services.gateway.language import page_texts
from services.gateway.pages.channels import BY_NAME
from services.gateway.pages.parts import Part
from services.gateway.pages.questions import BY_PART
from services.gateway.view import LANGUAGES

Row = dict[str, Any]

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "intention": ("part", "text", "is_shared"),
    "shared_intention": ("part", "text"),
    "journal": ("entry_id", "written_at", "channel", "text", "mood", "audience"),
    "shared_journal": ("entry_id", "channel", "text", "mood", "audience", "shared_at"),
    "check_ins": ("day", "state", "opened_at", "closed_at", "answers"),
    "sessions": ("session_id", "kind", "state", "starts_at", "ends_at", "zone"),
    "consents": ("session_id", "state", "acts", "text_version", "text", "text_es"),
    "notices": ("text", "received_at", "occasion_at", "is_read"),
    "preferences": ("language", "quiet_from", "quiet_until", "zone"),
    "addresses": ("channel", "address", "is_safe"),
}
_WITHIN: Mapping[str, tuple[str, ...]] = {
    "answers": ("mood", "sleep_h", "is_safe_at_home", "wants_contact", "words"),
    "acts": ("state", "text_version", "at"),
}
"""Of fields that hold fields, or a list of such."""


def _named(family: str) -> frozenset[str]:
    """What has words in a family of texts."""
    return frozenset(name.removeprefix(family) for name in page_texts("en") if name.startswith(family))


_AUDIENCES = (None, "practitioner", "partner", "both")
_CONSENTS = ("not_given", "given", "reaffirmed", "withdrawn")
_KNOWN: Mapping[str, Mapping[str, Container[Any]]] = {
    "intention": {"part": BY_PART},
    "shared_intention": {"part": BY_PART},
    "journal": {"channel": BY_NAME, "audience": _AUDIENCES},
    "shared_journal": {"channel": BY_NAME, "audience": _AUDIENCES},
    "check_ins": {"state": ("open", "answered", "skipped")},
    "sessions": {"kind": _named("kind_"), "state": _named("state_")},
    "consents": {"state": _CONSENTS},
    "acts": {"state": _CONSENTS},
    "preferences": {"language": LANGUAGES},
}
_OF_WHO_IS_IN_CARE = frozenset({"intention", "shared_intention"})
"""There is none for who is of no couple. Everything else everybody has, be it an empty list: without, it is missing,
as when a service is of yesterday and does not know the question yet."""


def rows(name: str, part: Part) -> list[Row]:
    """What the part holds, each with its fields and no others: what a service shows beside them one day is not in a
    copy until somebody says so. Raises KeyError or TypeError for what is not of this shape."""
    if part.data is None:
        return []
    if name == "preferences":
        return [_only(name, part.data)]
    listed = part.data["parts" if name in _OF_WHO_IS_IN_CARE else "items"]
    if not isinstance(listed, list):
        raise TypeError(name)
    return [_only(name, one) for one in listed]


def _only(name: str, one: Mapping[str, Any]) -> Row:
    names = _WITHIN.get(name) or _FIELDS[name]
    return {field: _held(field, one[field]) for field in names}


def _held(field: str, value: Any) -> Any:
    if value is None or field not in _WITHIN:
        return value
    return [_only(field, one) for one in value] if isinstance(value, list) else _only(field, value)


def is_there(name: str, part: Part) -> bool:
    """Whether this part is there, whole, and can be shown."""
    if part.is_down:
        return False
    if part.data is None:
        return name in _OF_WHO_IS_IN_CARE
    try:
        return all(_is_known(name, one) for one in rows(name, part))
    except (KeyError, TypeError, ValueError):
        return False


def _is_known(name: str, row: Row) -> bool:
    """Raises TypeError or ValueError for a moment that is none."""
    for field, value in row.items():
        if value is not None and (field == "at" or field.endswith("_at")):
            datetime.fromisoformat(value)
    acts = row["acts"] if name == "consents" else ()
    known = all(row[field] in these for field, these in _KNOWN.get(name, {}).items())
    return known and all(_is_known("acts", act) for act in acts)


def torn(found: Mapping[str, Part]) -> set[str]:
    """Of parts that are read in two looks and say something of each other, those that don't fit together: something
    was shared, taken back or planned between the looks."""
    if not all(is_there(name, found[name]) for pair in _PAIRS for name in pair):
        return set()  # there is no copy then anyway
    own, seen = (rows(name, found[name]) for name in ("journal", "shared_journal"))
    told, shown = (rows(name, found[name]) for name in ("intention", "shared_intention"))
    sessions, consents = (rows(name, found[name]) for name in ("sessions", "consents"))
    fits = (
        {one["entry_id"]: one["audience"] for one in own if one["audience"]}
        == {one["entry_id"]: one["audience"] for one in seen},
        {one["part"] for one in told if one["is_shared"]} == {one["part"] for one in shown},
        {one["session_id"] for one in consents} <= {one["session_id"] for one in sessions},
    )
    return {name for pair, fit in zip(_PAIRS, fits, strict=True) if not fit for name in pair}


_PAIRS = (("journal", "shared_journal"), ("intention", "shared_intention"), ("sessions", "consents"))
