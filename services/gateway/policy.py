"""Who may use which of gateway's routes.

Forwarded routes are decided by the service that answers them; here they only need somebody signed in.
"""

import re
from collections.abc import Mapping

from shared.audit.looks import Act
from shared.web.actor import CLINICIANS, OPERATOR, PARTNER, STAFF
from shared.web.policy import (
    ANY_ADMIN,
    ANY_CLINICIAN,
    ANY_DESK,
    ANY_PARTNER,
    ANY_SIGNED_IN,
    ANY_STAFF,
    EVERYBODY,
    OPERATORS,
    THE_PUBLIC,
    Policy,
    roles,
    the_actor,
)

_OTP_BY_VISITOR = THE_PUBLIC.audited("one_time_password", Act.CHANGE, right="role")
_OTP = ANY_SIGNED_IN.audited("one_time_password", Act.CHANGE, about=the_actor, right="role")
_OPENID = ANY_SIGNED_IN.audited("oidc_provider", right="role")
_ALERTED = roles(*CLINICIANS, "practice_admin")
"""To whom alerts go: an alert that nobody takes climbs to the admins."""
_SIGNED_IN_OR_OPERATOR = roles(*STAFF, PARTNER, OPERATOR)

API: Policy = {
    "gateway.create_practice": OPERATORS,
    "gateway.show_practice": OPERATORS,
    "gateway.join_staff": ANY_ADMIN,
    "gateway.list_staff": ANY_STAFF,
    "gateway.sign_in_to_demo": THE_PUBLIC,
    "gateway.list_demo_people": THE_PUBLIC,
    "gateway.sign_out": ANY_SIGNED_IN,
    "gateway.show_me": ANY_SIGNED_IN,
    "gateway.forward_clock": ANY_ADMIN,
    "gateway.show_clock": _SIGNED_IN_OR_OPERATOR,
    "gateway.show_mailbox": OPERATORS,
    "gateway.receive_enquiry": THE_PUBLIC,
    "gateway.list_consultation_times": THE_PUBLIC,
    "gateway.book_consultation": THE_PUBLIC,
    # Whom they invite stands in the body: the route asks whether a clinician treats them before anything else.
    "gateway.invite_partner": ANY_STAFF,
    "gateway.list_invitations": ANY_DESK,
    "gateway.accept_invitation": THE_PUBLIC,
    "gateway.invite_staff": ANY_ADMIN,
    "gateway.leave_staff": ANY_ADMIN,
    "gateway.begin_sign_in": THE_PUBLIC,
    "gateway.sign_in_by_passkey": THE_PUBLIC,
    "gateway.sign_in_typed": _OTP_BY_VISITOR,
    "gateway.begin_openid_sign_in": THE_PUBLIC.audited("oidc_provider", right="role"),
    "gateway.finish_openid_sign_in": THE_PUBLIC.audited("oidc_provider", right="role"),
    "gateway.begin_proof": ANY_SIGNED_IN,
    "gateway.prove_by_passkey": ANY_SIGNED_IN,
    "gateway.prove_typed": _OTP,
    "gateway.begin_openid_proof": _OPENID,
    "gateway.prove_by_openid": _OPENID,
    "gateway.show_means": ANY_SIGNED_IN,
    "gateway.begin_passkey": ANY_SIGNED_IN,
    "gateway.add_passkey": ANY_SIGNED_IN,
    "gateway.remove_passkey": ANY_SIGNED_IN,
    "gateway.begin_one_time_password": _OTP,
    "gateway.confirm_one_time_password": _OTP,
    "gateway.renew_recovery_codes": _OTP,
    "gateway.remove_one_time_password": _OTP,
    "gateway.set_password": ANY_SIGNED_IN,
    "gateway.remove_password": ANY_SIGNED_IN,
    "gateway.begin_openid_link": _OPENID,
    "gateway.link_openid": _OPENID,
    "gateway.unlink_openid": ANY_SIGNED_IN,
    "gateway.list_own_sign_ins": ANY_SIGNED_IN,
    "gateway.end_own_sign_in": ANY_SIGNED_IN,
    "gateway.end_other_sign_ins": ANY_SIGNED_IN,
    "gateway.show_sign_in_settings": ANY_ADMIN,
    "gateway.allow_passwords_of_partners": ANY_ADMIN,
    "gateway.set_openid_provider": ANY_ADMIN.audited("oidc_provider", Act.CHANGE, right="role"),
    "gateway.ask_recovery": THE_PUBLIC,
    # Whom it is about stands in the body: the route asks first whether the actor may confirm them.
    "gateway.confirm_recovery": ANY_STAFF.audited("recovery", Act.CHANGE, right="role"),
    "gateway.finish_recovery": THE_PUBLIC.audited("recovery", Act.CHANGE, right="role"),
    "edge.forward": _SIGNED_IN_OR_OPERATOR,
    "edge.livez": THE_PUBLIC,
    "edge.readyz": THE_PUBLIC,
}

PAGES: Policy = {
    # For everybody
    "pages.show_start": EVERYBODY,
    "pages.sign_in": THE_PUBLIC,
    "pages.sign_out": EVERYBODY,
    "pages.exit_quickly": EVERYBODY,
    "pages.show_invitation": THE_PUBLIC,
    "pages.accept_invitation": THE_PUBLIC,
    "pages.static": THE_PUBLIC,
    "pages.show_style": EVERYBODY,
    "pages.choose_view": EVERYBODY,
    "pages.show_more": ANY_SIGNED_IN,
    "pages.show_enquiry": THE_PUBLIC,
    "pages.send_enquiry": THE_PUBLIC,
    "pages.show_enquiry_thanks": THE_PUBLIC,
    "pages.show_sign_in": THE_PUBLIC,
    "pages.sign_in_typed": _OTP_BY_VISITOR,
    "pages.sign_in_by_passkey": THE_PUBLIC,
    "pages.begin_openid_sign_in": THE_PUBLIC.audited("oidc_provider", right="role"),
    "pages.finish_openid": EVERYBODY.audited("oidc_provider", right="role"),
    "pages.show_recovery": THE_PUBLIC,
    "pages.ask_recovery": THE_PUBLIC,
    "pages.show_recovery_link": THE_PUBLIC,
    "pages.finish_recovery": THE_PUBLIC.audited("recovery", Act.CHANGE, right="role"),
    # For everybody who is signed in
    "pages.show_means": ANY_SIGNED_IN,
    "pages.add_passkey": ANY_SIGNED_IN,
    "pages.remove_passkey": ANY_SIGNED_IN,
    "pages.begin_codes": _OTP,
    "pages.confirm_codes": _OTP,
    "pages.renew_codes": _OTP,
    "pages.remove_codes": _OTP,
    "pages.set_password": ANY_SIGNED_IN,
    "pages.remove_password": ANY_SIGNED_IN,
    "pages.begin_openid_link": _OPENID,
    "pages.unlink_openid_page": ANY_SIGNED_IN,
    "pages.show_own_sign_ins": ANY_SIGNED_IN,
    "pages.end_own_sign_in": ANY_SIGNED_IN,
    "pages.end_other_sign_ins": ANY_SIGNED_IN,
    "pages.show_proof": ANY_SIGNED_IN,
    "pages.prove_typed": _OTP,
    "pages.prove_by_passkey": ANY_SIGNED_IN,
    "pages.begin_openid_proof": _OPENID,
    # For partners
    "pages.show_today": ANY_PARTNER,
    "pages.show_sessions": ANY_PARTNER,
    "pages.show_session": ANY_PARTNER,
    "pages.download_calendar_file": ANY_PARTNER,
    "pages.show_consent": ANY_PARTNER,
    "pages.change_consent": ANY_PARTNER,
    "pages.show_session_day": ANY_PARTNER,
    "pages.act_on_session_day": ANY_PARTNER,
    "pages.show_check_ins": ANY_PARTNER,
    "pages.show_after_check_in": ANY_PARTNER,
    "pages.show_check_in": ANY_PARTNER,
    "pages.answer_check_in": ANY_PARTNER,
    "pages.show_notices": ANY_PARTNER,
    "pages.open_notice": ANY_PARTNER,
    "pages.show_notifications": ANY_PARTNER,
    "pages.choose_notifications": ANY_PARTNER,
    "pages.mark_address": ANY_PARTNER,
    "pages.put_off": ANY_PARTNER,
    "pages.show_prepare": ANY_PARTNER,
    "pages.show_intention_from_partner": ANY_PARTNER,
    "pages.show_answers": ANY_PARTNER,
    "pages.show_question": ANY_PARTNER,
    "pages.answer_question": ANY_PARTNER,
    "pages.show_intention_sharing": ANY_PARTNER,
    "pages.share_intention": ANY_PARTNER,
    "pages.unshare_intention": ANY_PARTNER,
    "pages.show_journal": ANY_PARTNER,
    "pages.show_journal_from_partner": ANY_PARTNER,
    "pages.show_new_entry": ANY_PARTNER,
    "pages.write_entries": ANY_PARTNER,
    "pages.show_entry": ANY_PARTNER,
    "pages.show_entry_to_change": ANY_PARTNER,
    "pages.rewrite_entry": ANY_PARTNER,
    "pages.show_entry_sharing": ANY_PARTNER,
    "pages.share_entry": ANY_PARTNER,
    "pages.unshare_entry": ANY_PARTNER,
    "pages.show_privacy": ANY_PARTNER,
    # For staff
    "pages.show_confirm_recovery": ANY_STAFF,
    "pages.confirm_recovery": ANY_STAFF.audited("recovery", Act.CHANGE, right="role"),
    # For clinicians, and of these pages some for all staff
    "pages.show_day": ANY_CLINICIAN,
    "pages.list_couples": ANY_STAFF,
    "pages.show_couple": ANY_STAFF,
    "pages.change_confidentiality": ANY_CLINICIAN,
    "pages.show_told": ANY_CLINICIAN,
    "pages.tell_first_of_intention": ANY_CLINICIAN,
    "pages.tell_first_of_entry": ANY_CLINICIAN,
    "pages.show_readiness": ANY_CLINICIAN,
    "pages.decide_readiness": ANY_CLINICIAN,
    "pages.complete_preparation": ANY_CLINICIAN,
    "pages.show_emergency": ANY_CLINICIAN,
    "pages.open_in_emergency": ANY_CLINICIAN,
    "pages.show_plan": ANY_CLINICIAN,
    "pages.plan_medicine_session": ANY_CLINICIAN,
    "pages.show_couple_booking": ANY_STAFF,
    "pages.book_for_couple": ANY_STAFF,
    "pages.show_appointment": ANY_STAFF,
    "pages.complete_appointment": ANY_CLINICIAN,
    "pages.cancel_appointment": ANY_STAFF,
    "pages.show_medicine_session": ANY_CLINICIAN,
    "pages.plan_way_home": ANY_CLINICIAN,
    "pages.withdraw_way_home": ANY_CLINICIAN,
    "pages.start_medicine_session": ANY_CLINICIAN,
    "pages.end_medicine_session": ANY_CLINICIAN,
    "pages.cancel_medicine_session": ANY_CLINICIAN,
    "pages.show_safety": _ALERTED,
    "pages.take_alert": _ALERTED,
    "pages.show_concern": ANY_CLINICIAN,
    "pages.tell_first_of_concern": ANY_CLINICIAN,
    # For the front desk
    "pages.show_desk": ANY_DESK,
    "pages.cancel_booking": ANY_DESK,
    "pages.show_booking_form": ANY_DESK,
    "pages.book_session": ANY_DESK,
    "pages.show_new_couple": ANY_DESK,
    "pages.create_couple": ANY_DESK,
    "pages.show_missing": ANY_DESK,
    "pages.invite_partner": ANY_DESK,
    "pages.set_care_team": ANY_DESK,
    "pages.show_deliveries": ANY_DESK,
    # For practice admins
    "pages.show_practice": ANY_ADMIN,
    "pages.set_sender": ANY_ADMIN,
    "pages.add_room": ANY_ADMIN,
    "pages.add_hours": ANY_ADMIN,
    "pages.add_licence": ANY_ADMIN,
    "pages.show_team": ANY_ADMIN,
    "pages.add_staff": ANY_ADMIN,
    "pages.invite_staff": ANY_ADMIN,
    "pages.leave_staff": ANY_ADMIN,
    # For operators
}
"""Whose a page's things are, the services decide that it asks; here only the role."""

POLICY: Policy = {**API, **PAGES}

WITHOUT_PRACTICE = frozenset({"gateway.create_practice", "gateway.show_practice", "gateway.show_mailbox"})
"""Where the operator names no practice in a header: there is none yet, the path names it, or it concerns all."""

OPTIONAL_SIGN_IN = frozenset(
    {
        "pages.show_start",
        "pages.sign_out",
        "pages.exit_quickly",
        "pages.show_style",
        "pages.choose_view",
        "pages.finish_openid",
    }
)
"""Where a sign-in that is missing or over makes a visitor, not an error."""

WHILE_SETTING_UP = frozenset(
    {
        "gateway.show_me",
        "gateway.sign_out",
        "gateway.show_means",
        "gateway.begin_passkey",
        "gateway.add_passkey",
        "gateway.begin_one_time_password",
        "gateway.confirm_one_time_password",
        "gateway.set_password",
        "gateway.begin_openid_link",
        "gateway.link_openid",
        "pages.sign_out",
        "pages.exit_quickly",
        "pages.choose_view",
        "pages.show_means",
        "pages.add_passkey",
        "pages.begin_codes",
        "pages.confirm_codes",
        "pages.set_password",
        "pages.begin_openid_link",
        "pages.finish_openid",
    }
)
"""All that whoever followed a link can reach until they have a way to sign in."""

NEED_PROOF = frozenset(
    {
        "gateway.begin_passkey",
        "gateway.add_passkey",
        "gateway.remove_passkey",
        "gateway.begin_one_time_password",
        "gateway.confirm_one_time_password",
        "gateway.renew_recovery_codes",
        "gateway.remove_one_time_password",
        "gateway.set_password",
        "gateway.remove_password",
        "gateway.begin_openid_link",
        "gateway.link_openid",
        "gateway.unlink_openid",
        "gateway.invite_staff",
        "gateway.leave_staff",
        "gateway.confirm_recovery",
        "gateway.allow_passwords_of_partners",
        "gateway.set_openid_provider",
        "pages.show_means",
        "pages.add_passkey",
        "pages.remove_passkey",
        "pages.begin_codes",
        "pages.confirm_codes",
        "pages.renew_codes",
        "pages.remove_codes",
        "pages.set_password",
        "pages.remove_password",
        "pages.begin_openid_link",
        "pages.unlink_openid_page",
        "pages.show_confirm_recovery",
        "pages.confirm_recovery",
        "pages.invite_staff",
        "pages.leave_staff",
    }
)
"""Routes of our own that ask whoever is signed in to have shown within 15 minutes that it is them.

Not ending sign-ins: whoever fears that another is signed in as them should not be held up.
"""

PRIVATE: Mapping[str, re.Pattern[str]] = {
    "intake": re.compile(
        r"me/intention(/.+)?|couples/[^/]+/partners/[^/]+/intention|couples/[^/]+/readiness|break-glass"
    ),
    "integration": re.compile(
        r"me/journal(/.+)?|me/shared-with-me|couples/[^/]+/partners/[^/]+/journal|safety-concerns/[^/]+"
    ),
}
"""What shows private words, per service: reading it asks for the same. Writing never does: no answer gets lost,
and who takes something back is not held up."""


def is_private(service: str, method: str, path: str) -> bool:
    """Whether this reads private words of somebody."""
    pattern = PRIVATE.get(service)
    return method in ("GET", "HEAD") and pattern is not None and pattern.fullmatch(path) is not None
