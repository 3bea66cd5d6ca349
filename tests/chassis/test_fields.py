"""Fields that several services use: what they take, what they refuse, and the code that says why."""

import json
from typing import Any
from uuid import UUID

import pytest
from marshmallow import ValidationError, fields, validate

from shared.events import EventInvalid, decode
from shared.events.gateway import PracticeCreated
from shared.faults import fault_of
from shared.web.schemas import IanaZone, Length, Moment, Nothing, OneLine, Request, Words, YesOrNo, each_once

ONE = UUID(int=1)
FIELDS: dict[str, fields.Field[Any]] = {
    "yes": YesOrNo(required=True),
    "zone": IanaZone(),
    "line": OneLine(most=8),
    "words": Words(most=8, least=2),
    "ids": fields.List(fields.UUID(), validate=[Length(1, 2), each_once]),
    "at": Moment(),
    "day": fields.Date(),
    "time": fields.Time(format="%H:%M"),
    "email": fields.Email(),
    "count": fields.Integer(strict=True, validate=validate.Range(-1, 10)),
    "ratio": fields.Float(),
    "kind": fields.String(validate=validate.OneOf(["a", "b"])),
}
Body = Request.from_dict(FIELDS)


def fault(name: str, value: Any) -> tuple[str, dict[str, int]]:
    """Code and bounds of what is wrong with one field."""
    with pytest.raises(ValidationError) as refused:
        Body().load({"yes": True, name: value})
    (messages,) = refused.value.normalized_messages().values()
    (message,) = messages[0] if isinstance(messages, dict) else messages
    return fault_of(message).code, fault_of(message).facts


@pytest.mark.parametrize("value", [1, 0, 1.0, 0.0, "true", "yes", "", [], {}])
def test_what_resembles_yes_or_no_is_neither(value: object) -> None:
    assert fault("yes", value) == ("not_yes_or_no", {})


@pytest.mark.parametrize("value", [1, 0, 1.0, "true", None])
def test_in_an_event_too(value: object) -> None:
    data = {"zone": "America/Denver", "is_demo": True}
    assert decode(PracticeCreated.TYPE, json.dumps(data).encode()) == PracticeCreated(**data)  # type: ignore[arg-type]
    with pytest.raises(EventInvalid):
        decode(PracticeCreated.TYPE, json.dumps({**data, "is_demo": value}).encode())


@pytest.mark.parametrize(
    ("name", "value", "code", "facts"),
    [
        ("yes", None, "null", {}),
        ("surprise", 1, "unknown", {}),
        ("zone", "America/Nowhere", "not_a_zone", {}),
        ("zone", "localtime", "not_a_zone", {}),
        ("zone", 7, "wrong_type", {}),
        ("line", "a\nb", "not_one_line", {}),
        ("line", "a\u2028b", "not_one_line", {}),
        ("line", "a\x85b", "not_one_line", {}),
        ("line", "<a@b>", "not_one_line", {}),
        ("line", "  ", "too_short", {"least": 1}),
        ("words", "a\x07b", "control_characters", {}),
        ("words", "a", "too_short", {"least": 2}),
        ("words", "a" * 9, "too_long", {"most": 8}),
        ("ids", [], "too_short", {"least": 1}),
        ("ids", [str(UUID(int=n)) for n in range(3)], "too_long", {"most": 2}),
        ("ids", [str(ONE), str(ONE)], "repeated", {}),
        ("ids", "x", "wrong_type", {}),
        ("ids", ["x"], "not_an_id", {}),
        ("at", "2026-05-04T09:30:00", "not_a_moment", {}),
        ("at", "soon", "not_a_moment", {}),
        ("day", "soon", "not_a_date", {}),
        ("time", "9", "not_a_time", {}),
        ("email", "ana", "not_an_email", {}),
        ("count", 11, "out_of_range", {"least": -1, "most": 10}),
        ("count", True, "wrong_type", {}),
        ("count", 1.0, "wrong_type", {}),
        ("ratio", "x", "wrong_type", {}),
        ("ratio", 10**400, "number_too_large", {}),
        ("kind", "c", "not_an_option", {}),
    ],
)
def test_what_is_wrong_has_a_code(name: str, value: object, code: str, facts: dict[str, int]) -> None:
    assert fault(name, value) == (code, facts)


def test_what_is_missing_has_one_too() -> None:
    with pytest.raises(ValidationError) as refused:
        Body().load({})
    assert fault_of(refused.value.messages_dict["yes"][0]).code == "missing"


def test_a_message_that_nobody_knows_is_merely_invalid() -> None:
    assert fault_of("Something new.").code == "invalid"


@pytest.mark.parametrize("body", [{"yes": True}, [], "words", None])
def test_nothing_is_nothing(body: Any) -> None:
    assert Nothing().load({}) == {}
    with pytest.raises(ValidationError):
        Nothing().load(body)
