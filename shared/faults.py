"""Why a field of a request is refused: a stable code, the bounds it names, and a sentence in English.

The gateway has the sentences that people read, in their language, by code. Codes of our own fields and rules
come with them; those of marshmallow are told by its messages.
"""

import re
from typing import Self

CODES: set[str] = set()
"""Every code there is. The gateway's texts are checked against it."""


class Fault(str):
    """The message of a ValidationError: its sentence, with a code and the bounds that were missed."""

    code: str
    facts: dict[str, int]

    def __new__(cls, code: str, sentence: str, **facts: int) -> Self:
        made = super().__new__(cls, sentence)
        made.code, made.facts = code, facts
        CODES.add(code)
        return made


INVALID = "invalid"
_BY_MESSAGE = {
    "Missing data for required field.": "missing",
    "Field may not be null.": "null",
    "Unknown field.": "unknown",
    "Invalid input type.": "wrong_type",
    "Invalid type.": "wrong_type",
    "Not a valid string.": "wrong_type",
    "Not a valid list.": "wrong_type",
    "Not a valid mapping type.": "wrong_type",
    "Not a valid integer.": "wrong_type",
    "Not a valid number.": "wrong_type",
    "Number too large.": "number_too_large",
    "Not a valid UUID.": "not_an_id",
    "Not a valid email address.": "not_an_email",
    "Not a valid URL.": "not_a_web_address",
    "Not a valid datetime.": "not_a_moment",
    "Not a valid aware datetime.": "not_a_moment",
    "Not a valid date.": "not_a_date",
    "Not a valid time.": "not_a_time",
}
_BY_SHAPE = {
    re.compile(r"Must be one of: .*", re.DOTALL): "not_an_option",
    re.compile(r"Shorter than minimum length (?P<least>\d+)\."): "too_short",
    re.compile(r"Longer than maximum length (?P<most>\d+)\."): "too_long",
    re.compile(
        r"Must be greater than or equal to (?P<least>-?\d+) and less than or equal to (?P<most>-?\d+)\."
    ): "out_of_range",
}
CODES.update(_BY_MESSAGE.values(), _BY_SHAPE.values(), {INVALID})


def fault_of(message: str) -> Fault:
    """A validation message as a fault; marshmallow's own are known by their wording, others are `invalid`."""
    if isinstance(message, Fault):
        return message
    if message in _BY_MESSAGE:
        return Fault(_BY_MESSAGE[message], message)
    for shape, code in _BY_SHAPE.items():
        if found := shape.fullmatch(message):
            return Fault(code, message, **{name: int(value) for name, value in found.groupdict().items()})
    return Fault(INVALID, message)
