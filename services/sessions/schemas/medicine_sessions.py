"""Medicine sessions, consents and the day."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from services.sessions.schemas.bookings import people, whole_minute
from shared.events.sessions import Programme
from shared.faults import Fault
from shared.web.schemas import Length, Moment, Request, View, YesOrNo

_IN_BOTH_PARTS = Fault("in_both_parts", "Nobody both takes the medicine and only attends.")


class PlanMedicineSession(Request):
    couple_id = fields.UUID(required=True)
    programme = fields.Enum(Programme, by_value=True, required=True)
    taking_ids = people(most=2, required=True)
    attending_ids = people(least=0, most=1, load_default=list)
    practitioner_ids = people(most=4, required=True)
    room_id = fields.UUID(required=True)
    starts_at = Moment(required=True, validate=whole_minute)
    duration_min = fields.Integer(required=True, strict=True, validate=validate.Range(30, 720))

    @validates_schema
    def each_in_one_part(self, body: dict[str, Any], **_: Any) -> None:
        if set(body["taking_ids"]) & set(body["attending_ids"]):
            raise ValidationError(_IN_BOTH_PARTS, "attending_ids")


class VerdictView(View):
    condition = fields.String()
    person_id = fields.UUID(allow_none=True)
    is_met = fields.Boolean()


class StandingView(View):
    """Where one person's consent stands, for the care team."""

    person_id = fields.UUID()
    state = fields.String()
    at = Moment(allow_none=True)


class MedicineSessionView(View):
    session_id = fields.UUID()
    couple_id = fields.UUID()
    programme = fields.String()
    state = fields.String()
    taking_ids = fields.List(fields.UUID())
    attending_ids = fields.List(fields.UUID())
    practitioner_ids = fields.List(fields.UUID())
    room_id = fields.UUID()
    starts_at = Moment()
    ends_at = Moment()
    zone = fields.String()
    is_stopped = fields.Boolean()
    started_at = Moment(allow_none=True)
    ended_at = Moment(allow_none=True)
    facts_confirmed_by = fields.UUID(allow_none=True)
    facts_confirmed_at = Moment(allow_none=True)
    gate = fields.List(fields.Nested(VerdictView))
    consents = fields.List(fields.Nested(StandingView))
    version = fields.Integer()


class NameTraveller(Request):
    person_id = fields.UUID(required=True)


class Start(Request):
    confirms_facts = YesOrNo(load_default=False)


class GiveConsent(Request):
    text_version = fields.String(required=True, validate=Length(1, 40))


class ConsentView(View):
    """A person's own consent; nothing in it depends on anybody else. The text is the current one."""

    session_id = fields.UUID()
    text_version = fields.String()
    text = fields.String()
    text_es = fields.String()
    state = fields.String()


class ConsentActView(View):
    """Given, said yes to again or withdrawn, and of which version of the text."""

    state = fields.String()
    text_version = fields.String(allow_none=True)
    at = Moment()


class OwnConsentView(ConsentView):
    acts = fields.List(fields.Nested(ConsentActView))


class OwnConsentsView(View):
    items = fields.List(fields.Nested(OwnConsentView))
