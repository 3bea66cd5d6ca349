"""Gateway's request bodies and views."""

from typing import Any
from zoneinfo import available_timezones

from marshmallow import Schema, ValidationError, fields, validate

from services.gateway import domain
from shared.events.base import ZONE_PATTERN
from shared.events.gateway import StaffRole
from shared.web.schemas import Moment, Request, View, Words

_LONGEST_STEP_S = 10 * 366 * 86400


def _slug(value: str) -> None:
    if not domain.SLUG.fullmatch(value):
        raise ValidationError("Use 3 to 63 small letters, digits and hyphens.")


def _zone(value: str) -> None:
    if not ZONE_PATTERN.fullmatch(value) or value not in available_timezones():
        raise ValidationError("Use an IANA zone such as America/Denver.")


def _email(**kw: Any) -> fields.Email:
    return fields.Email(required=True, validate=validate.Length(max=254), **kw)


def _one_line(value: str) -> None:
    """A name that also stands in the From line of messages."""
    if any(ord(c) < 32 or c in '<>"' for c in value):
        raise ValidationError("Write it on one line, without quotes or angle brackets.")


class PracticeName(Words):
    """A practice's name, which its messages are sent under."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kw: Any) -> str:
        text = super()._deserialize(value, attr, data, **kw)
        if not text:
            raise ValidationError("Write a name.")
        _one_line(text)
        return text


class CreatePractice(Request):
    name = PracticeName(required=True, most=60)
    slug = fields.String(required=True, validate=_slug)
    zone = fields.String(required=True, validate=_zone)
    is_demo = fields.Boolean(required=True, truthy={True}, falsy={False})


class PracticeView(View):
    practice_id = fields.UUID()
    name = fields.String()
    slug = fields.String()
    zone = fields.String()
    is_demo = fields.Boolean()


class JoinStaff(Request):
    display_name = Words(required=True, most=100)
    roles = fields.List(
        fields.Enum(StaffRole, by_value=True), required=True, validate=validate.Length(min=1, max=5)
    )
    email = _email()


class PersonView(View):
    person_id = fields.UUID()
    display_name = fields.String(allow_none=True)
    roles = fields.List(fields.String())


class PeopleView(View):
    items = fields.List(fields.Nested(PersonView))


class MeView(PersonView):
    practice_id = fields.UUID()


class DemoQuery(Schema):
    practice = fields.String(required=True, validate=_slug)


class SignInToDemo(Request):
    practice = fields.String(required=True, validate=_slug)
    person_id = fields.UUID(required=True)


class SignInView(View):
    token = fields.String()
    practice_id = fields.UUID()
    person_id = fields.UUID()
    roles = fields.List(fields.String())
    expires_at = Moment()


class ForwardClock(Request):
    forward_s = fields.Integer(required=True, strict=True, validate=validate.Range(1, _LONGEST_STEP_S))


class PracticeClockView(View):
    offset_s = fields.Integer()
    now = Moment()


class SettlingClockView(PracticeClockView):
    is_settled = fields.Boolean()
    services = fields.Dict(keys=fields.String(), values=fields.Integer(allow_none=True))


class MailboxQuery(Schema):
    to = fields.String(required=True, validate=validate.Length(min=3, max=254))


class ReceiveEnquiry(Request):
    display_name = Words(required=True, most=100)
    email = _email()


class EnquiryView(View):
    enquiry_id = fields.UUID()


class BookConsultation(Request):
    starts_at = fields.AwareDateTime(required=True, format="iso", default_timezone=None)


class InvitePartner(Request):
    person_id = fields.UUID(required=True)
    email = _email()


class InvitationView(View):
    invitation_id = fields.UUID()
    person_id = fields.UUID()
    expires_at = Moment()
    state = fields.String()


class AcceptInvitation(Request):
    token = fields.String(required=True, validate=validate.Length(min=1, max=200))
