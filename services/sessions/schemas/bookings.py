"""Bookings and consultations."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.events.sessions import SessionKind
from shared.faults import Fault
from shared.web.schemas import Length, Moment, Request, View, each_once

_LONGEST_LIST = timedelta(days=62)
_HALF_SPAN = Fault("span_half", "Name both from and until, or neither.")
_SPAN_TOO_LONG = Fault("span_too_long", "At most 62 days after from.", most=_LONGEST_LIST.days)
_NOT_A_WHOLE_MINUTE = Fault("not_a_whole_minute", "Name a whole minute.")
BOOKABLE = (SessionKind.PREPARATION, SessionKind.REGULATION, SessionKind.INTEGRATION, SessionKind.CHECK_IN)


def whole_minute(moment: datetime) -> None:
    """Raise ValidationError unless `moment` is a whole minute between 2020 and 2100."""
    if moment.second or moment.microsecond or not 2020 <= moment.year <= 2100:
        raise ValidationError(_NOT_A_WHOLE_MINUTE)


def people(*, least: int = 1, most: int, **kw: Any) -> fields.List[UUID]:
    """A list of different people."""
    return fields.List(fields.UUID(), validate=[Length(least, most), each_once], **kw)


class Book(Request):
    kind = fields.Enum(SessionKind, by_value=True, required=True, validate=validate.OneOf(BOOKABLE))
    couple_id = fields.UUID(required=True)
    partner_ids = people(most=2, required=True)
    practitioner_ids = people(most=4, required=True)
    room_id = fields.UUID(load_default=None, allow_none=True)
    starts_at = Moment(required=True, validate=whole_minute)
    duration_min = fields.Integer(required=True, strict=True, validate=validate.Range(10, 480))
    medicine_session_id = fields.UUID(load_default=None, allow_none=True)


class BookingView(View):
    session_id = fields.UUID()
    kind = fields.String()
    couple_id = fields.UUID(allow_none=True)
    enquiry_id = fields.UUID(allow_none=True)
    partner_ids = fields.List(fields.UUID())
    practitioner_ids = fields.List(fields.UUID())
    room_id = fields.UUID(allow_none=True)
    starts_at = Moment()
    ends_at = Moment()
    zone = fields.String()
    state = fields.String()
    # A conflict of interest of somebody named came up after it was booked.
    needs_another_practitioner = fields.Boolean()
    version = fields.Integer()


class BookingsQuery(Schema):
    """A span of time: a bounded list instead of pages. Without parameters the next 14 days."""

    from_ = Moment(data_key="from", load_default=None, allow_none=True)
    until = Moment(load_default=None, allow_none=True)

    @validates_schema
    def bounded(self, query: dict[str, Any], **_: Any) -> None:
        start, end = query["from_"], query["until"]
        if (start is None) != (end is None):
            raise ValidationError(_HALF_SPAN, "until")
        if start is not None and not timedelta() < end - start <= _LONGEST_LIST:
            raise ValidationError(_SPAN_TOO_LONG, "until")


class BookingsView(View):
    items = fields.List(fields.Nested(BookingView))


class BookConsultation(Request):
    enquiry_id = fields.UUID(required=True)
    starts_at = Moment(required=True, validate=whole_minute)


class TimeView(View):
    starts_at = Moment()
    ends_at = Moment()
    zone = fields.String()


class TimesQuery(Schema):
    """`day` is a local one of the practice. Without it the earliest times are shown."""

    day = fields.Date(load_default=None)


class TimesView(View):
    items = fields.List(fields.Nested(TimeView))
    days = fields.List(fields.Date())


class ConsultationView(TimeView):
    session_id = fields.UUID()


class PartnersSessionView(View):
    """What a partner sees of a session: released facts only."""

    session_id = fields.UUID()
    kind = fields.String()
    state = fields.String()
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)
    zone = fields.String()


class PartnersSessionsView(View):
    items = fields.List(fields.Nested(PartnersSessionView))
