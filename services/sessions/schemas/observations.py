"""The observation log."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from services.sessions.domain.observations import DIASTOLIC_MMHG, SYSTOLIC_MMHG
from shared.faults import Fault
from shared.web.schemas import Moment, Request, View, Words, clinical

_BOTH = Fault("pressure_needs_both", "Write both numbers of a blood pressure.")
_ORDER = Fault("pressure_upside_down", "The first number of a blood pressure is the higher one.")
_NOTHING = Fault("nothing_observed", "Write a blood pressure, or what you saw.")


class RecordObservation(Request):
    person_id = fields.UUID(required=True)
    systolic_mmhg = clinical(
        fields.Integer(
            load_default=None, allow_none=True, strict=True, validate=validate.Range(*SYSTOLIC_MMHG)
        )
    )
    diastolic_mmhg = clinical(
        fields.Integer(
            load_default=None, allow_none=True, strict=True, validate=validate.Range(*DIASTOLIC_MMHG)
        )
    )
    note = clinical(Words(load_default=None, allow_none=True, most=2000))
    observed_at = Moment(load_default=None, allow_none=True)

    @validates_schema
    def something_whole(self, body: dict[str, Any], **_: Any) -> None:
        upper, lower = body["systolic_mmhg"], body["diastolic_mmhg"]
        if (upper is None) != (lower is None):
            raise ValidationError(_BOTH, "systolic_mmhg" if upper is None else "diastolic_mmhg")
        if upper is not None and upper <= lower:
            raise ValidationError(_ORDER, "diastolic_mmhg")
        if upper is None and body["note"] is None:
            raise ValidationError(_NOTHING, "note")


class ObservationView(View):
    observation_id = fields.UUID()
    person_id = fields.UUID()
    systolic_mmhg = clinical(fields.Integer(allow_none=True))
    diastolic_mmhg = clinical(fields.Integer(allow_none=True))
    note = clinical(fields.String(allow_none=True))
    observed_at = Moment()
    recorded_by = fields.UUID()


class ObservationsView(View):
    items = fields.List(fields.Nested(ObservationView))
    next_cursor = fields.String(allow_none=True)
