"""Notify's request bodies and views."""

from typing import Any
from zoneinfo import available_timezones

from marshmallow import ValidationError, fields, validate, validates_schema

from services.notify.templates import LANGUAGES
from shared.web.paging import PageQuery
from shared.web.schemas import Moment, Request, View, Words

__all__ = ["PageQuery"]
_ZONES = available_timezones()


def _one_line(text: str) -> None:
    if not text.strip() or any(ord(c) < 32 or c in '<>"' for c in text):
        raise ValidationError("Write it on one line, without quotes or angle brackets.")


def _a_zone(name: str) -> None:
    if name not in _ZONES:
        raise ValidationError("Name an IANA zone.")


class StoreContact(Request):
    address = fields.Email(required=True, validate=validate.Length(max=254))
    channel = fields.String(load_default="email", validate=validate.OneOf(["email"]))


class ContactView(View):
    contact_id = fields.UUID(attribute="id")


class SendMessage(Request):
    contact_id = fields.UUID(required=True)
    template = fields.String(required=True, validate=validate.OneOf(["invitation"]))
    link = fields.String(required=True, validate=validate.Length(min=1, max=500))


class MessageView(View):
    delivery_id = fields.UUID(attribute="id")


class NameSender(Request):
    display_name = Words(required=True, most=60)

    @validates_schema
    def fits_a_header(self, data: dict[str, Any], **_: Any) -> None:
        try:
            _one_line(data["display_name"])
        except ValidationError as error:
            raise ValidationError({"display_name": error.messages}) from error


class SenderView(View):
    display_name = fields.String()
    version = fields.Integer()


class SetPreferences(Request):
    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))
    quiet_from = fields.Time(required=True, allow_none=True, format="%H:%M")
    quiet_until = fields.Time(required=True, allow_none=True, format="%H:%M")
    zone = fields.String(required=True, validate=_a_zone)

    @validates_schema
    def quiet_hours_are_whole(self, data: dict[str, Any], **_: Any) -> None:
        start, end = data.get("quiet_from"), data.get("quiet_until")
        if (start is None) != (end is None):
            raise ValidationError({"quiet_until": ["Give both ends of the quiet hours or neither."]})
        if start is not None and start == end:
            raise ValidationError({"quiet_until": ["Quiet hours must leave some of the day."]})


class PreferencesView(View):
    language = fields.String()
    quiet_from = fields.Time(format="%H:%M", allow_none=True)
    quiet_until = fields.Time(format="%H:%M", allow_none=True)
    zone = fields.String()
    version = fields.Integer()


class InboxMessageView(View):
    message_id = fields.UUID()
    text = fields.String()
    occasion_at = Moment(allow_none=True)
    received_at = Moment()
    is_read = fields.Boolean()


class InboxView(View):
    items = fields.List(fields.Nested(InboxMessageView))
    next_cursor = fields.String(allow_none=True)


class AlertView(View):
    alert_id = fields.UUID(attribute="id")
    couple_id = fields.UUID()
    person_id = fields.UUID()
    kind = fields.String()
    raised_at = Moment()
    state = fields.String()


class AlertsView(View):
    items = fields.List(fields.Nested(AlertView))
    next_cursor = fields.String(allow_none=True)


class DeliveryView(View):
    """Whether a message went out: neither its occasion nor a word of it."""

    delivery_id = fields.UUID(attribute="id")
    person_id = fields.UUID(allow_none=True)
    contact_id = fields.UUID(allow_none=True)
    channel = fields.String()
    state = fields.String()
    attempts = fields.Integer()
    changed_at = Moment()


class DeliveriesQuery(PageQuery):
    state = fields.String(
        load_default=None,
        validate=validate.OneOf(["waiting", "sending", "sent", "dropped", "uncertain", "failed"]),
    )


class DeliveriesView(View):
    items = fields.List(fields.Nested(DeliveryView))
    next_cursor = fields.String(allow_none=True)
