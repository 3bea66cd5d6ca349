"""Practitioners, licences, availability, rooms."""

from typing import Any
from zoneinfo import available_timezones

from marshmallow import ValidationError, fields, validate, validates_schema

from services.sessions.domain.states import RoomKind
from shared.web.schemas import Request, View, Words

_ZONES = frozenset(available_timezones())


def known_zone(zone: str) -> None:
    """Raise ValidationError unless `zone` is an IANA zone."""
    if zone not in _ZONES:
        raise ValidationError("Name an IANA zone such as America/Denver.")


class AddLicence(Request):
    profession = Words(required=True, most=100)
    jurisdiction = fields.String(required=True, validate=validate.Regexp(r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$"))
    valid_from = fields.Date(required=True)
    valid_until = fields.Date(required=True)

    @validates_schema
    def in_order(self, body: dict[str, Any], **_: Any) -> None:
        if body["valid_from"] > body["valid_until"]:
            raise ValidationError("A licence ends on or after its first day.", "valid_until")


class LicenceView(View):
    licence_id = fields.UUID(attribute="id")
    practitioner_id = fields.UUID()
    profession = fields.String()
    jurisdiction = fields.String()
    valid_from = fields.Date()
    valid_until = fields.Date()


class AddAvailability(Request):
    weekday = fields.Integer(required=True, strict=True, validate=validate.Range(0, 6))
    from_time = fields.Time(required=True, format="%H:%M")
    until_time = fields.Time(required=True, format="%H:%M")
    zone = fields.String(required=True, validate=known_zone)

    @validates_schema
    def in_order(self, body: dict[str, Any], **_: Any) -> None:
        if body["from_time"] >= body["until_time"]:
            raise ValidationError("It ends later on the same day.", "until_time")


class AvailabilityView(View):
    availability_id = fields.UUID(attribute="id")
    practitioner_id = fields.UUID()
    weekday = fields.Integer()
    from_time = fields.Time(format="%H:%M")
    until_time = fields.Time(format="%H:%M")
    zone = fields.String()


class PractitionerView(View):
    person_id = fields.UUID()
    roles = fields.List(fields.String())
    licences = fields.List(fields.Nested(LicenceView))
    availability = fields.List(fields.Nested(AvailabilityView))


class PractitionersView(View):
    items = fields.List(fields.Nested(PractitionerView))


class AddRoom(Request):
    name = Words(required=True, most=100)
    kind = fields.Enum(RoomKind, by_value=True, required=True)


class RoomView(View):
    room_id = fields.UUID(attribute="id")
    name = fields.String()
    kind = fields.String()


class RoomsView(View):
    items = fields.List(fields.Nested(RoomView))
