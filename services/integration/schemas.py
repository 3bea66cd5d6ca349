"""Integration's request bodies and views."""

import math
from typing import Any

from marshmallow import fields, validate

from services.integration.domain import HIGHEST_MOOD, LOWEST_MOOD, Channel
from shared.confidentiality import MayBeRaised
from shared.events.integration import Audience
from shared.web.paging import PageQuery
from shared.web.schemas import Moment, Request, View, Words, YesOrNo, clinical

__all__ = ["PageQuery"]

_LONGEST_ENTRY, _LONGEST_REMARK = 20_000, 4_000


class Mood(fields.Integer):
    """From 0, the lowest, to 10."""

    def __init__(self, **kw: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(LOWEST_MOOD, HIGHEST_MOOD), **kw)


class Hours(fields.Float):
    """Hours of one day."""

    def __init__(self, **kw: Any) -> None:
        super().__init__(validate=validate.Range(0, 24), **kw)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kw: Any) -> float:
        if isinstance(value, bool | str):
            raise self.make_error("invalid")
        number: float = super()._deserialize(value, attr, data, **kw)
        if not math.isfinite(number):
            raise self.make_error("invalid")
        return number


class WriteEntry(Request):
    channel = fields.Enum(Channel, by_value=True, required=True)
    text = clinical(Words(required=True, most=_LONGEST_ENTRY))
    mood = clinical(Mood(load_default=None, allow_none=True))


class ShareEntry(Request):
    audience = fields.Enum(Audience, by_value=True, required=True)


class AnswerCheckIn(Request):
    """A null is an answer too: rather not say."""

    mood = clinical(Mood(required=True, allow_none=True))
    sleep_h = clinical(Hours(required=True, allow_none=True))
    is_safe_at_home = clinical(YesOrNo(required=True, allow_none=True))
    wants_contact = clinical(YesOrNo(required=True))
    words = clinical(Words(load_default=None, allow_none=True, most=_LONGEST_REMARK, least=0))


class JourneyView(View):
    journey_id = fields.UUID()
    opened_at = Moment()
    is_integration_session_done = fields.Boolean()


class JourneysView(View):
    items = fields.List(fields.Nested(JourneyView))


class PartnerJourneyView(JourneyView):
    person_id = fields.UUID()


class PartnerJourneysView(View):
    items = fields.List(fields.Nested(PartnerJourneyView))


class EntryContent(View):
    channel = fields.String()
    text = clinical(fields.String())
    mood = clinical(fields.Integer(allow_none=True))


class EntryView(EntryContent):
    entry_id = fields.UUID()
    audience = fields.String(allow_none=True)
    written_at = Moment()
    version = fields.Integer()


class EntriesView(View):
    items = fields.List(fields.Nested(EntryView))
    next_cursor = fields.String(allow_none=True)


class SnapshotView(EntryContent):
    shared_id = fields.UUID()
    shared_at = Moment()


class SnapshotsView(View):
    items = fields.List(fields.Nested(SnapshotView))
    next_cursor = fields.String(allow_none=True)


class OwnSnapshotView(SnapshotView):
    """A snapshot for its writer."""

    entry_id = fields.UUID()
    audience = fields.String()


class OwnSnapshotsView(View):
    items = fields.List(fields.Nested(OwnSnapshotView))
    next_cursor = fields.String(allow_none=True)


class ToldSnapshotView(SnapshotView):
    """A snapshot as practitioners read it."""

    may_be_raised = fields.String(validate=validate.OneOf(list(MayBeRaised)))


class ToldSnapshotsView(View):
    items = fields.List(fields.Nested(ToldSnapshotView))
    next_cursor = fields.String(allow_none=True)


class ToldView(View):
    """That a partner shared an entry with practitioners, and whether the other partner reads it too; not what."""

    shared_id = fields.UUID()
    person_id = fields.UUID()
    shared_at = Moment()
    is_released = fields.Boolean()


class ToldByCoupleView(View):
    items = fields.List(fields.Nested(ToldView))


class PreviewView(EntryContent):
    shared = fields.Nested(SnapshotView, allow_none=True)
    version = fields.Integer()


class QuestionView(View):
    field = fields.String()
    en = fields.String()
    es = fields.String()


class OpenCheckInView(View):
    check_in_id = fields.UUID(attribute="id")
    day = fields.Integer()
    opened_at = Moment()


class OpenCheckInsView(View):
    items = fields.List(fields.Nested(OpenCheckInView))
    questions = fields.List(fields.Nested(QuestionView))


class CheckInView(View):
    check_in_id = fields.UUID(attribute="id")
    day = fields.Integer()
    state = fields.String()


class AnswersView(View):
    """What a partner answered. A null: rather not say."""

    mood = clinical(fields.Integer(allow_none=True))
    sleep_h = clinical(fields.Float(allow_none=True))
    is_safe_at_home = clinical(fields.Boolean(allow_none=True))
    wants_contact = clinical(fields.Boolean())
    words = clinical(fields.String(allow_none=True))


class OwnCheckInView(CheckInView):
    """A check-in for whom it asked."""

    opened_at = Moment()
    closed_at = Moment(allow_none=True)
    answers = clinical(fields.Nested(AnswersView, allow_none=True))


class OwnCheckInsView(View):
    items = fields.List(fields.Nested(OwnCheckInView))
    next_cursor = fields.String(allow_none=True)


class ConcernView(View):
    concern_id = fields.UUID(attribute="id")
    couple_id = fields.UUID()
    person_id = fields.UUID()
    urgency = fields.String()
    raised_at = Moment()
    state = fields.String()


class ConcernsView(View):
    items = fields.List(fields.Nested(ConcernView))
    next_cursor = fields.String(allow_none=True)


class ConcernWithKindsView(ConcernView):
    kinds = clinical(fields.List(fields.String()))
    may_be_raised = fields.String(validate=validate.OneOf(list(MayBeRaised)))
