"""What operators send, and the views they get."""

from marshmallow import Schema, ValidationError, fields, validate

from shared.faults import Fault
from shared.path.acts import REFERENCE
from shared.web.schemas import Moment, OneLine, Request, View, contact

_NOT_A_REFERENCE = Fault("not_a_reference", "Name an incident or ticket such as INC-2041, without blanks.")


def _reference(value: str) -> None:
    if not REFERENCE.fullmatch(value):
        raise ValidationError(_NOT_A_REFERENCE)


class AskReplay(Request):
    by = contact(OneLine(required=True, most=64))  # who asks: written down
    because = fields.String(load_default=None, allow_none=True, validate=_reference)


class LettersQuery(Schema):
    # all: also what was replayed, and what is only evidence
    state = fields.String(load_default="waiting", validate=validate.OneOf(("waiting", "all")))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class LatestQuery(Schema):
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class ReadingView(View):
    owner = fields.String()
    known_age_s = fields.Float(allow_none=True)
    newest_tick_at = Moment(allow_none=True)


class ServiceStandingView(View):
    service = fields.String()
    read_at = Moment()
    readings = fields.List(fields.Nested(ReadingView))
    outbox_events = fields.Integer()
    outbox_ticks = fields.Integer()
    outbox_oldest_age_s = fields.Float(allow_none=True)
    waiting_letters = fields.Integer()
    waiting_keys = fields.Integer()
    waiting_oldest_age_s = fields.Float(allow_none=True)
    evidence = fields.Integer()
    late_timers = fields.Integer()


class LetterView(View):
    service = fields.String()
    id = fields.Integer()
    event_id = fields.UUID(allow_none=True)
    type = fields.String(allow_none=True)
    practice_id = fields.UUID(allow_none=True)
    owner = fields.String()
    partition = fields.Integer()
    offset = fields.Integer()
    key = fields.String()
    reason = fields.String()
    error_type = fields.String(allow_none=True)
    put_aside_at = Moment()
    parked_behind = fields.Integer()
    state = fields.String()
    replayed_at = Moment(allow_none=True)
    replayed_by = fields.String(allow_none=True)


class LettersView(View):
    items = fields.List(fields.Nested(LetterView))
    waiting = fields.Integer()
    evidence = fields.Integer()


class RecordView(View):
    """What may be seen of a record: ids of people and couples as tags."""

    state = fields.String()
    owner = fields.String()
    type = fields.String(allow_none=True)
    event_id = fields.UUID(allow_none=True)
    practice_id = fields.UUID(allow_none=True)
    occurred_at = Moment(allow_none=True)
    key = fields.String()
    fields_ = fields.Dict(keys=fields.String(), attribute="fields", data_key="fields")
    hidden_fields = fields.List(fields.String())


class OutcomeView(View):
    id = fields.Integer()
    result = fields.String()
    is_applied = fields.Boolean()
    error_type = fields.String(allow_none=True)
    behind_id = fields.Integer(allow_none=True)


class LetterInFullView(LetterView):
    record = fields.Nested(RecordView)


class RehearsalView(View):
    outcomes = fields.List(fields.Nested(OutcomeView))
    untried = fields.Integer()


class ReplayView(View):
    run_id = fields.UUID()
    by = fields.String()
    because = fields.String(allow_none=True)
    begun_at = Moment()
    ended_at = Moment(allow_none=True)  # null: it was cut short
    applied_ids = fields.List(fields.Integer())
    waiting = fields.Integer(allow_none=True)


class PassingView(View):
    what = fields.String()
    event_id = fields.UUID()
    type = fields.String(allow_none=True)
    practice_id = fields.UUID(allow_none=True)
    at = Moment()


class PassingsView(View):
    items = fields.List(fields.Nested(PassingView))


class FateView(View):
    service = fields.String()
    kind = fields.String()
    at = Moment(allow_none=True)
    letter_id = fields.Integer(allow_none=True)


class TraceView(View):
    type = fields.String(allow_none=True)
    is_any = fields.Boolean()
    fates = fields.List(fields.Nested(FateView))
    record = fields.Nested(RecordView, allow_none=True)


class DueView(View):
    kind = fields.String()
    waiting = fields.Integer()
    late = fields.Integer()
    soon = fields.Integer()
    failing = fields.Integer()
    oldest_late_at = Moment(allow_none=True)
    next_at = Moment(allow_none=True)


class DuesView(View):
    items = fields.List(fields.Nested(DueView))


class ActView(View):
    run_id = fields.UUID()
    at = Moment()
    by = fields.String()
    act = fields.String()
    because = fields.String(allow_none=True)
    applied = fields.Integer(allow_none=True)
    waiting = fields.Integer(allow_none=True)


class ActsView(View):
    items = fields.List(fields.Nested(ActView))
