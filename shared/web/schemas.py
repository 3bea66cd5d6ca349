"""Bases of request and response schemas: requests refuse what they don't know, responses say what they mean."""

import unicodedata
from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import available_timezones

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from shared.events.base import ZONE_PATTERN
from shared.faults import Fault
from shared.fields import YesOrNo

__all__ = [
    "IanaZone",
    "Length",
    "Moment",
    "Nothing",
    "OneLine",
    "Request",
    "View",
    "Words",
    "YesOrNo",
    "clinical",
    "contact",
    "each_once",
    "public",
]

_CONTROL = Fault("control_characters", "Write it without control characters.")
_NOT_ONE_LINE = Fault("not_one_line", "Write it on one line, without quotes or angle brackets.")
_NOT_A_ZONE = Fault("not_a_zone", "Name an IANA zone such as America/Denver.")
_REPEATED = Fault("repeated", "Name each only once.")
_ZONES = frozenset(
    name for name in available_timezones() - {"Factory", "localtime"} if ZONE_PATTERN.fullmatch(name)
)
_LINE_BREAKERS = frozenset({"Cc", "Zl", "Zp"})
"""Unicode categories that a header line must not hold: controls, line and paragraph separators."""


F = TypeVar("F", bound=fields.Field[Any])


def clinical(field: F) -> F:
    """A field of private words or answers: the rule of a route that shows or takes it is audited."""
    field.metadata = {**field.metadata, "data_class": "clinical"}
    return field


def contact(field: F) -> F:
    """A field of names or addresses."""
    field.metadata = {**field.metadata, "data_class": "contact"}
    return field


def public(field: F) -> F:
    """A field of texts that anybody may read."""
    field.metadata = {**field.metadata, "data_class": "public"}
    return field


class Request(Schema):
    """A request body: unknown fields are an error, named with a pointer."""

    class Meta:
        unknown = RAISE


class Nothing(Request):
    """A request that says all it has to say by being made: `{}` or no body at all."""


class View(Schema):
    """A response body."""


class Length(validate.Length):
    """How long a text or list may be; of two bounds it names the one that was missed."""

    def __call__(self, value: Any) -> Any:
        if self.max is not None and len(value) > self.max:
            raise ValidationError(self.message_max.format(max=self.max))
        if self.min is not None and len(value) < self.min:
            raise ValidationError(self.message_min.format(min=self.min))
        return value


class Words(fields.String):
    """Text a person writes: trimmed, bounded, without control characters."""

    def __init__(self, *, most: int, least: int = 1, **kw: Any) -> None:
        super().__init__(validate=Length(min=least, max=most), **kw)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kw: Any) -> str:
        text = super()._deserialize(value, attr, data, **kw)
        if any(ord(c) < 32 and c not in "\n\t\r" for c in text):
            raise ValidationError(_CONTROL)
        return str(text).strip()


class OneLine(Words):
    """Words that also fit in the From line of a message: one line, nothing that ends a name or an address."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kw: Any) -> str:
        text = super()._deserialize(value, attr, data, **kw)
        if any(c in '<>"' or unicodedata.category(c) in _LINE_BREAKERS for c in text):
            raise ValidationError(_NOT_ONE_LINE)
        return text


class Moment(fields.AwareDateTime):
    """A moment in RFC 3339 with its offset."""

    def __init__(self, **kw: Any) -> None:
        super().__init__(format="iso", default_timezone=None, **kw)


class IanaZone(fields.String):
    """The name of an IANA zone that this machine knows."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kw: Any) -> str:
        name: str = super()._deserialize(value, attr, data, **kw)
        if name not in _ZONES:
            raise ValidationError(_NOT_A_ZONE)
        return name


def each_once(ids: Sequence[UUID]) -> None:
    """Raise ValidationError when one is named twice."""
    if len(set(ids)) != len(ids):
        raise ValidationError(_REPEATED)
