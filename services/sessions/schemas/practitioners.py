"""Practitioners, licences, availability, rooms."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from services.sessions.domain.states import RoomKind
from shared.faults import Fault
from shared.web.schemas import IanaZone, Request, View, Words, public

_ENDS_BEFORE_START = Fault("ends_before_start", "It ends after it starts.")


class AddLicence(Request):
    profession = public(Words(required=True, most=100))
    jurisdiction = fields.String(required=True, validate=validate.Regexp(r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$"))
    valid_from = fields.Date(required=True)
    valid_until = fields.Date(required=True)

    @validates_schema
    def in_order(self, body: dict[str, Any], **_: Any) -> None:
        if body["valid_from"] > body["valid_until"]:
            raise ValidationError(_ENDS_BEFORE_START, "valid_until")


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
    zone = IanaZone(required=True)

    @validates_schema
    def in_order(self, body: dict[str, Any], **_: Any) -> None:
        if body["from_time"] >= body["until_time"]:
            raise ValidationError(_ENDS_BEFORE_START, "until_time")


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
    name = public(Words(required=True, most=100))
    kind = fields.Enum(RoomKind, by_value=True, required=True)


class RoomView(View):
    room_id = fields.UUID(attribute="id")
    name = fields.String()
    kind = fields.String()


class RoomsView(View):
    items = fields.List(fields.Nested(RoomView))
