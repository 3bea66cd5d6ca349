"""Gateway's request bodies and views."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from services.gateway import colours, domain
from shared.events.gateway import StaffRole
from shared.faults import Fault
from shared.web.schemas import (
    IanaZone,
    Length,
    Moment,
    OneLine,
    Request,
    View,
    Words,
    YesOrNo,
    contact,
    public,
)

_LONGEST_STEP_S = 10 * 366 * 86400
_NOT_A_SLUG = Fault("not_a_slug", "Use 3 to 63 small letters, digits and hyphens.")
_NOT_A_COLOUR = Fault("not_a_colour", "Write a colour such as #3f6b5c: six small hexadecimal digits.")


def slug(value: str) -> None:
    if not domain.SLUG.fullmatch(value):
        raise ValidationError(_NOT_A_SLUG)


def colour(value: str) -> None:
    if not colours.HEX.fullmatch(value):
        raise ValidationError(_NOT_A_COLOUR)


def email(**kw: Any) -> fields.Email:
    return fields.Email(required=True, validate=Length(max=254), **kw)


class CreatePractice(Request):
    name = public(OneLine(required=True, most=60))  # its messages are sent under it
    slug = fields.String(required=True, validate=slug)
    zone = IanaZone(required=True)
    is_demo = YesOrNo(required=True)


class PracticeView(View):
    practice_id = fields.UUID()
    name = fields.String()
    slug = fields.String()
    zone = fields.String()
    is_demo = fields.Boolean()


class ChooseColour(Request):
    colour = fields.String(required=True, allow_none=True, validate=colour)


class ShadeView(View):
    action = fields.String()
    soft = fields.String()
    on_action = fields.String()


class LookView(View):
    colour = fields.String(allow_none=True)
    light = fields.Nested(ShadeView, allow_none=True)
    dark = fields.Nested(ShadeView, allow_none=True)


class JoinStaff(Request):
    display_name = contact(Words(required=True, most=100))
    roles = fields.List(fields.Enum(StaffRole, by_value=True), required=True, validate=Length(min=1, max=5))
    email = email()


class PersonView(View):
    person_id = fields.UUID()
    display_name = fields.String(allow_none=True)
    roles = fields.List(fields.String())


class PeopleView(View):
    items = fields.List(fields.Nested(PersonView))


class MeView(PersonView):
    practice_id = fields.UUID()


class DemoQuery(Schema):
    practice = fields.String(required=True, validate=slug)


class SignInToDemo(Request):
    practice = fields.String(required=True, validate=slug)
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
    to = fields.String(required=True, validate=Length(min=3, max=254))


class ReceiveEnquiry(Request):
    display_name = contact(Words(required=True, most=100))
    email = email()


class EnquiryView(View):
    enquiry_id = fields.UUID()


class TimesQuery(Schema):
    """`day` is a local one of the practice. Without it the earliest times are shown."""

    day = fields.Date(load_default=None)


class BookConsultation(Request):
    starts_at = Moment(required=True)


class InvitePartner(Request):
    person_id = fields.UUID(required=True)
    email = email()


class InvitationView(View):
    invitation_id = fields.UUID()
    person_id = fields.UUID()
    contact_id = fields.UUID()
    expires_at = Moment()
    state = fields.String()
    is_message_sent = fields.Boolean()


class InvitationsView(View):
    items = fields.List(fields.Nested(InvitationView))
    next_cursor = fields.String(allow_none=True)


class AcceptInvitation(Request):
    token = fields.String(required=True, validate=Length(min=1, max=200))
