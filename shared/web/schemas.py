"""Bases of request and response schemas: requests refuse what they don't know, responses say what they mean."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate


class Request(Schema):
    """A request body: unknown fields are an error, named with a pointer."""

    class Meta:
        unknown = RAISE


class View(Schema):
    """A response body."""


class Words(fields.String):
    """Text a person writes: trimmed, bounded, without control characters."""

    def __init__(self, *, most: int, least: int = 1, **kw: Any) -> None:
        super().__init__(validate=validate.Length(min=least, max=most), **kw)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kw: Any) -> str:
        text = super()._deserialize(value, attr, data, **kw)
        if any(ord(c) < 32 and c not in "\n\t\r" for c in text):
            raise ValidationError("Write it without control characters.")
        return str(text).strip()


class Moment(fields.AwareDateTime):
    """A moment in RFC 3339 with its offset."""

    def __init__(self, **kw: Any) -> None:
        super().__init__(format="iso", default_timezone=None, **kw)
