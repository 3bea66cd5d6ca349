"""Request bodies and views of sign-in: means, ceremonies, recovery."""

from marshmallow import fields, validate

from services.gateway import domain
from services.gateway.schemas import SignInView, slug
from services.gateway.schemas import email as email_field
from shared.events.gateway import StaffRole
from shared.web.schemas import Length, Moment, Request, View, Words, YesOrNo, contact

TYPED = (domain.ProvedBy.ONE_TIME_PASSWORD, domain.ProvedBy.RECOVERY_CODE, domain.ProvedBy.PASSWORD)
"""Means that are typed in: each goes with an address, and can be guessed at."""


class NewPasskeyView(View):
    challenge_id = fields.UUID()
    options = fields.Dict()


class AddPasskey(Request):
    challenge_id = fields.UUID(required=True)
    name = contact(Words(required=True, most=60))
    credential = fields.Dict(required=True)


class SignInChallenge(Request):
    practice = fields.String(required=True, validate=slug)


class SignInByPasskey(Request):
    practice = fields.String(required=True, validate=slug)
    challenge_id = fields.UUID(required=True)
    credential = fields.Dict(required=True)


class SignInTyped(Request):
    """An address and one of a code, a recovery code and a password."""

    practice = fields.String(required=True, validate=slug)
    email = email_field()
    by = fields.Enum(domain.ProvedBy, by_value=True, required=True, validate=validate.OneOf(TYPED))
    secret = contact(
        fields.String(required=True, load_only=True, validate=Length(min=1, max=domain.MOST_PASSWORD))
    )


class ShowAgainTyped(Request):
    by = fields.Enum(domain.ProvedBy, by_value=True, required=True, validate=validate.OneOf(TYPED))
    secret = contact(
        fields.String(required=True, load_only=True, validate=Length(min=1, max=domain.MOST_PASSWORD))
    )


class ShowAgainPasskey(Request):
    challenge_id = fields.UUID(required=True)
    credential = fields.Dict(required=True)


class PasskeyView(View):
    passkey_id = fields.UUID()
    name = contact(fields.String())
    added_at = Moment()
    used_at = Moment(allow_none=True)


class MeansView(View):
    passkeys = fields.List(fields.Nested(PasskeyView))
    has_one_time_password = fields.Boolean()
    recovery_codes_left = fields.Integer()
    has_password = fields.Boolean()
    has_openid = fields.Boolean()
    may_have_one_time_password = fields.Boolean()
    may_have_password = fields.Boolean()
    may_have_openid = fields.Boolean()
    sign_in = fields.Nested(SignInView, allow_none=True)


class OneTimePasswordView(View):
    uri = fields.String()
    key = fields.String()


class ConfirmOneTimePassword(Request):
    code = fields.String(required=True, validate=Length(min=6, max=12))
    email = email_field()


class RecoveryCodesView(MeansView):
    recovery_codes = fields.List(fields.String())


class SetPassword(Request):
    password = contact(
        fields.String(
            required=True,
            load_only=True,
            validate=Length(min=domain.LEAST_PASSWORD, max=domain.MOST_PASSWORD),
        )
    )
    email = email_field()


class OwnSignInView(View):
    sign_in_id = fields.UUID()
    device = contact(fields.String(allow_none=True))
    started_at = Moment()
    seen_at = Moment()
    is_this_one = fields.Boolean()


class OwnSignInsView(View):
    items = fields.List(fields.Nested(OwnSignInView))


class PersonalLinkView(View):
    link_id = fields.UUID()
    person_id = fields.UUID()
    contact_id = fields.UUID()
    expires_at = Moment()
    is_message_sent = fields.Boolean()


class AllowPasswords(Request):
    is_password_allowed = YesOrNo(required=True)


class SetOpenIdProvider(Request):
    issuer = fields.URL(required=True, require_tld=False, schemes={"http", "https"}, validate=Length(max=300))
    client_id = fields.String(required=True, validate=Length(min=1, max=300))
    client_secret = contact(fields.String(required=True, load_only=True, validate=Length(min=1, max=1000)))
    roles = fields.List(fields.Enum(StaffRole, by_value=True), required=True, validate=Length(min=1, max=5))


class OpenIdProviderView(View):
    issuer = fields.String()
    client_id = fields.String()
    roles = fields.List(fields.String())


class SignInSettingsView(View):
    is_password_allowed = fields.Boolean()
    openid_provider = fields.Nested(OpenIdProviderView, allow_none=True)
    comes_back_to = fields.String()  # the redirect URI to tell the provider


class OpenIdTripView(View):
    url = fields.String()
    binding = fields.String()


class FinishOpenId(Request):
    state = fields.UUID(required=True)
    binding = fields.String(required=True, validate=Length(min=1, max=100))
    code = fields.String(required=True, validate=Length(min=1, max=2000))


class FinishOpenIdSignIn(FinishOpenId):
    practice = fields.String(required=True, validate=slug)


class AskRecovery(Request):
    practice = fields.String(required=True, validate=slug)


class AskedRecoveryView(View):
    recovery_id = fields.UUID()
    device_token = fields.String()
    code = fields.String()
    expires_at = Moment()


class ConfirmRecovery(Request):
    person_id = fields.UUID(required=True)
    code = fields.String(required=True, validate=Length(min=6, max=30))


class ConfirmedRecoveryView(View):
    recovery_id = fields.UUID()
    person_id = fields.UUID()
    contact_id = fields.UUID()
    expires_at = Moment()
    is_message_sent = fields.Boolean()


class FinishRecovery(Request):
    device_token = fields.String(required=True, validate=Length(min=1, max=200))
    link = fields.String(required=True, validate=Length(min=1, max=200))
