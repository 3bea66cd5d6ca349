"""What an admin says of a key, and what is shown of it."""

from marshmallow import fields, validate

from services.gateway.domain import LONGEST_KEY_DAYS
from services.gateway.scopes import SCOPES
from shared.web.schemas import Length, Moment, OneLine, Request, View, contact


class MakeKey(Request):
    name = contact(OneLine(required=True, most=60))
    scopes = fields.List(
        fields.String(validate=validate.OneOf(sorted(SCOPES))),
        required=True,
        validate=Length(min=1, max=len(SCOPES)),
    )
    lasts_days = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=1, max=LONGEST_KEY_DAYS)
    )


class KeyView(View):
    key_id = fields.UUID()
    name = fields.String()
    prefix = fields.String()
    scopes = fields.List(fields.String())
    made_at = Moment()
    expires_at = Moment()
    used_at = Moment(allow_none=True)  # the hour in which it was last used
    revoked_at = Moment(allow_none=True)
    state = fields.String()


class MadeKeyView(KeyView):
    secret = fields.String(allow_none=True)  # null when the same request comes again later


class KeysView(View):
    items = fields.List(fields.Nested(KeyView))
