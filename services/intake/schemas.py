"""Intake's request bodies and views."""

from marshmallow import fields

from shared.web.paging import PageQuery
from shared.web.schemas import Moment, Request, View, Words

__all__ = ["EnquiriesView", "EnquiryView", "PageQuery", "ReceiveEnquiry"]


class ReceiveEnquiry(Request):
    contact_id = fields.UUID(required=True)
    display_name = Words(required=True, most=100)


class EnquiryView(View):
    enquiry_id = fields.UUID(attribute="id")
    display_name = fields.String()
    contact_id = fields.UUID()
    received_at = Moment()


class EnquiriesView(View):
    items = fields.List(fields.Nested(EnquiryView))
    next_cursor = fields.String(allow_none=True)
