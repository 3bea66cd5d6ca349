"""Notify's request bodies and views."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from services.notify.domain.occasions import About
from services.notify.templates import LANGUAGES
from shared.faults import Fault
from shared.web.paging import PageQuery
from shared.web.schemas import IanaZone, Length, Moment, OneLine, Request, View, YesOrNo, contact, public

__all__ = ["PageQuery"]
_HALF_QUIET = Fault("quiet_hours_half", "Give both ends of the quiet hours or neither.")
_ALL_QUIET = Fault("quiet_hours_all_day", "Quiet hours must leave some of the day.")


class StoreContact(Request):
    address = contact(fields.Email(required=True, validate=Length(max=254)))
    channel = fields.String(load_default="email", validate=validate.OneOf(["email"]))


class ContactView(View):
    contact_id = fields.UUID(attribute="id")


class MarkContact(Request):
    is_safe = YesOrNo(required=True)


class OwnContactView(View):
    """A contact point as its owner sees it."""

    contact_id = fields.UUID()
    channel = fields.String()
    address = contact(fields.String())
    is_safe = fields.Boolean()


class OwnContactsView(View):
    items = fields.List(fields.Nested(OwnContactView))


class SendMessage(Request):
    contact_id = fields.UUID(required=True)
    template = fields.String(required=True, validate=validate.OneOf(["invitation"]))
    link = contact(fields.String(required=True, validate=Length(min=1, max=500)))


class MessageView(View):
    delivery_id = fields.UUID(attribute="id")


class NameSender(Request):
    display_name = public(OneLine(required=True, most=60))


class SenderView(View):
    display_name = fields.String()
    version = fields.Integer()


class SetPreferences(Request):
    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))
    quiet_from = fields.Time(required=True, allow_none=True, format="%H:%M")
    quiet_until = fields.Time(required=True, allow_none=True, format="%H:%M")
    zone = IanaZone(required=True)

    @validates_schema
    def quiet_hours_are_whole(self, data: dict[str, Any], **_: Any) -> None:
        start, end = data.get("quiet_from"), data.get("quiet_until")
        if (start is None) != (end is None):
            raise ValidationError(_HALF_QUIET, "quiet_until")
        if start is not None and start == end:
            raise ValidationError(_ALL_QUIET, "quiet_until")


class PreferencesView(View):
    language = fields.String()
    quiet_from = fields.Time(format="%H:%M", allow_none=True)
    quiet_until = fields.Time(format="%H:%M", allow_none=True)
    zone = fields.String()
    version = fields.Integer()


class InboxMessageView(View):
    message_id = fields.UUID()
    text = fields.String()
    about = fields.String(validate=validate.OneOf(list(About)))
    occasion_at = Moment(allow_none=True)
    received_at = Moment()
    is_read = fields.Boolean()


class InboxView(View):
    items = fields.List(fields.Nested(InboxMessageView))
    next_cursor = fields.String(allow_none=True)


class AlertView(View):
    alert_id = fields.UUID(attribute="id")
    couple_id = fields.UUID()
    person_id = fields.UUID(allow_none=True)
    kind = fields.String()
    raised_at = Moment()
    state = fields.String()
    concern_id = fields.UUID(allow_none=True)
    next_ids = fields.List(fields.UUID())
    climbs_at = Moment(allow_none=True)


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
        validate=validate.OneOf(["waiting", "sending", "sent", "dropped", "uncertain", "failed", "held"]),
    )


class DeliveriesView(View):
    items = fields.List(fields.Nested(DeliveryView))
    next_cursor = fields.String(allow_none=True)
