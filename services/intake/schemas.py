"""Intake's request bodies and views."""

from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from services.intake.domain import LONGEST_BREAK_GLASS, USUAL_BREAK_GLASS, Part, PartnerState
from shared.confidentiality import ConfidentialityPolicy, MayBeRaised
from shared.events.intake import BreakGlassOutcome, Readiness
from shared.faults import Fault
from shared.web.paging import PageQuery
from shared.web.schemas import (
    Length,
    Moment,
    Request,
    View,
    Words,
    clinical,
    contact,
    each_once,
)

__all__ = ["PageQuery"]

LARGEST_CARE_TEAM = 20
_MINUTE = timedelta(minutes=1)
LONGEST_ANSWER = 10_000  # characters
_EXPIRY_MISSING = Fault("expiry_missing", "Say until when readiness holds.")
_EXPIRY_UNWANTED = Fault("expiry_unwanted", "Only readiness expires.")


class ReceiveEnquiry(Request):
    contact_id = fields.UUID(required=True)
    display_name = contact(Words(required=True, most=100))


class EnquiryView(View):
    enquiry_id = fields.UUID(attribute="id")
    display_name = fields.String()
    contact_id = fields.UUID()
    received_at = Moment()


class EnquiriesView(View):
    items = fields.List(fields.Nested(EnquiryView))
    next_cursor = fields.String(allow_none=True)


class NewPartner(Request):
    display_name = contact(Words(required=True, most=100))


class CouplesQuery(PageQuery):
    name = contact(fields.String(load_default=None, allow_none=True, validate=Length(max=100)))


class RegisterCouple(Request):
    partners = fields.List(fields.Nested(NewPartner), required=True, validate=Length(1, 2))
    enquiry_id = fields.UUID(load_default=None, allow_none=True)
    confidentiality_policy = fields.Enum(
        ConfidentialityPolicy, by_value=True, load_default=ConfidentialityPolicy.DISCRETION
    )


class ChangeCareTeam(Request):
    practitioner_ids = fields.List(
        fields.UUID(), required=True, validate=[Length(max=LARGEST_CARE_TEAM), each_once]
    )


class PartnerView(View):
    person_id = fields.UUID(attribute="id")
    display_name = fields.String()
    state = fields.String(validate=validate.OneOf(list(PartnerState)))


class CoupleView(View):
    couple_id = fields.UUID(attribute="id")
    partners = fields.List(fields.Nested(PartnerView))
    practitioner_ids = fields.List(fields.UUID())
    version = fields.Integer()


class CouplesView(View):
    items = fields.List(fields.Nested(CoupleView))
    next_cursor = fields.String(allow_none=True)


class MeView(View):
    person_id = fields.UUID()
    display_name = fields.String()


class OtherPartnerView(View):
    display_name = fields.String()


class OwnCoupleView(View):
    """All a partner sees of the couple: no state, count or time of the other."""

    couple_id = fields.UUID()
    me = fields.Nested(MeView)
    partner = fields.Nested(OtherPartnerView, allow_none=True)
    confidentiality_policy = fields.String(validate=validate.OneOf(list(ConfidentialityPolicy)))


class WriteIntentionPart(Request):
    text = clinical(Words(required=True, least=0, most=LONGEST_ANSWER))  # empty: words can be taken back


class IntentionPartView(View):
    part = fields.String(validate=validate.OneOf(list(Part)))
    text = clinical(fields.String())
    is_shared = fields.Boolean()
    version = fields.Integer()


class IntentionView(View):
    parts = fields.List(fields.Nested(IntentionPartView))


class PartAsToldView(IntentionPartView):
    """A part as practitioners read it."""

    may_be_raised = fields.String(validate=validate.OneOf(list(MayBeRaised)))


class IntentionAsToldView(View):
    parts = fields.List(fields.Nested(PartAsToldView))


class ToldView(View):
    """That a partner told practitioners something, and whether the other partner reads it too; not what."""

    person_id = fields.UUID()
    part = fields.String(validate=validate.OneOf(list(Part)))
    is_released = fields.Boolean()


class ToldByCoupleView(View):
    items = fields.List(fields.Nested(ToldView))


class ChangeConfidentialityPolicy(Request):
    policy = fields.Enum(ConfidentialityPolicy, by_value=True, required=True)


class ConfidentialityPolicyView(View):
    policy = fields.String(validate=validate.OneOf(list(ConfidentialityPolicy)))
    since = Moment()
    version = fields.Integer()


class ShownPartView(View):
    """A part as the other partner sees it."""

    part = fields.String(validate=validate.OneOf(list(Part)))
    text = clinical(fields.String())


class ShownIntentionView(View):
    parts = fields.List(fields.Nested(ShownPartView))


class PreparationView(View):
    person_id = fields.UUID()
    completed_at = Moment()


class DecideReadiness(Request):
    decision = fields.Enum(Readiness, by_value=True, required=True)
    reason = clinical(Words(required=True, most=LONGEST_ANSWER))
    expires_at = Moment(load_default=None, allow_none=True)

    @validates_schema
    def _only_ready_expires(self, data: dict[str, Any], **_: Any) -> None:
        is_ready = data["decision"] is Readiness.READY
        if is_ready and data["expires_at"] is None:
            raise ValidationError(_EXPIRY_MISSING, "expires_at")
        if not is_ready and data["expires_at"] is not None:
            raise ValidationError(_EXPIRY_UNWANTED, "expires_at")


class ReadinessView(View):
    decision_id = fields.UUID(attribute="id")
    person_id = fields.UUID()
    decision = fields.String(validate=validate.OneOf(list(Readiness)))
    decided_at = Moment()
    expires_at = Moment(allow_none=True)


class ReadinessWithReasonView(ReadinessView):
    """For the care team."""

    decided_by = fields.UUID()
    reason = clinical(fields.String())


class ReadinessOfCoupleView(View):
    items = fields.List(fields.Nested(ReadinessWithReasonView))
    preparations = fields.List(fields.Nested(PreparationView))


class OpenBreakGlass(Request):
    reason = clinical(Words(required=True, most=LONGEST_ANSWER))
    person_id = fields.UUID(load_default=None, allow_none=True)  # none: both partners
    duration_min = fields.Integer(
        strict=True,
        load_default=USUAL_BREAK_GLASS // _MINUTE,
        validate=validate.Range(1, LONGEST_BREAK_GLASS // _MINUTE),
    )


class BreakGlassView(View):
    break_glass_id = fields.UUID(attribute="id")
    couple_id = fields.UUID()
    person_id = fields.UUID(allow_none=True)
    opened_at = Moment()
    expires_at = Moment()


class BreakGlassWithReasonView(BreakGlassView):
    """For who opened it, and for admins."""

    practitioner_id = fields.UUID()
    is_open = fields.Boolean()
    reason = clinical(fields.String())
    reviewed_by = fields.UUID(allow_none=True)
    reviewed_at = Moment(allow_none=True)
    outcome = fields.String(allow_none=True, validate=validate.OneOf(list(BreakGlassOutcome)))


class BreakGlassesView(View):
    items = fields.List(fields.Nested(BreakGlassWithReasonView))
    next_cursor = fields.String(allow_none=True)


class ReviewBreakGlass(Request):
    outcome = fields.Enum(BreakGlassOutcome, by_value=True, required=True)


class ConflictMarkView(View):
    conflict_mark_id = fields.UUID(attribute="id")
    couple_id = fields.UUID()
    practitioner_id = fields.UUID()
    marked_by = fields.UUID()
    marked_at = Moment()
    lifted_by = fields.UUID(allow_none=True)
    lifted_at = Moment(allow_none=True)


class ConflictMarksView(View):
    items = fields.List(fields.Nested(ConflictMarkView))
    next_cursor = fields.String(allow_none=True)
