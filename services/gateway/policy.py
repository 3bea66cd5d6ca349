"""Who may use which of gateway's routes.

Forwarded routes are decided by the service that answers them; here they only need somebody signed in.
"""

import re
from collections.abc import Mapping

from services.gateway.page_policy import OPENID, OTP, OTP_BY_VISITOR, PAGES
from shared.audit.looks import Act
from shared.web.actor import OPERATOR, PARTNER, STAFF
from shared.web.operators import operators_policy
from shared.web.policy import (
    ANY_ADMIN,
    ANY_DESK,
    ANY_SIGNED_IN,
    ANY_STAFF,
    OPERATORS,
    THE_PUBLIC,
    Policy,
    roles,
)

# Not the operator: who uses a practice's data is the practice's to decide.
_PRACTICE_ADMIN = roles("practice_admin")
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
    "gateway.sign_in_typed": OTP_BY_VISITOR,
    "gateway.begin_openid_sign_in": THE_PUBLIC.audited("oidc_provider", right="role"),
    "gateway.finish_openid_sign_in": THE_PUBLIC.audited("oidc_provider", right="role"),
    "gateway.begin_proof": ANY_SIGNED_IN,
    "gateway.prove_by_passkey": ANY_SIGNED_IN,
    "gateway.prove_typed": OTP,
    "gateway.begin_openid_proof": OPENID,
    "gateway.prove_by_openid": OPENID,
    "gateway.show_means": ANY_SIGNED_IN,
    "gateway.begin_passkey": ANY_SIGNED_IN,
    "gateway.add_passkey": ANY_SIGNED_IN,
    "gateway.remove_passkey": ANY_SIGNED_IN,
    "gateway.begin_one_time_password": OTP,
    "gateway.confirm_one_time_password": OTP,
    "gateway.renew_recovery_codes": OTP,
    "gateway.remove_one_time_password": OTP,
    "gateway.set_password": ANY_SIGNED_IN,
    "gateway.remove_password": ANY_SIGNED_IN,
    "gateway.begin_openid_link": OPENID,
    "gateway.link_openid": OPENID,
    "gateway.unlink_openid": ANY_SIGNED_IN,
    "gateway.list_own_sign_ins": ANY_SIGNED_IN,
    "gateway.end_own_sign_in": ANY_SIGNED_IN,
    "gateway.end_other_sign_ins": ANY_SIGNED_IN,
    "gateway.show_sign_in_settings": ANY_ADMIN,
    "gateway.show_look": ANY_ADMIN,
    "gateway.choose_look": ANY_ADMIN,
    "gateway.allow_passwords_of_partners": ANY_ADMIN,
    "gateway.set_openid_provider": ANY_ADMIN.audited("oidc_provider", Act.CHANGE, right="role"),
    "gateway.ask_recovery": THE_PUBLIC,
    # Whom it is about stands in the body: the route asks first whether the actor may confirm them.
    "gateway.confirm_recovery": ANY_STAFF.audited("recovery", Act.CHANGE, right="role"),
    "gateway.finish_recovery": THE_PUBLIC.audited("recovery", Act.CHANGE, right="role"),
    "edge.forward": _SIGNED_IN_OR_OPERATOR,
    "gateway.make_key": _PRACTICE_ADMIN,
    "gateway.list_keys": _PRACTICE_ADMIN,
    "gateway.revoke_key": _PRACTICE_ADMIN,
    "edge.show_openapi": THE_PUBLIC,
    "edge.livez": THE_PUBLIC,
    "edge.readyz": THE_PUBLIC,
}

POLICY: Policy = {**API, **PAGES}

OF_OPERATORS = frozenset(name for name, rule in PAGES.items() if rule == OPERATORS)
"""Pages for an operator who signed in with a browser. Nothing else opens them, and that sign-in opens nothing else."""

WITHOUT_PRACTICE = frozenset(
    {"gateway.create_practice", "gateway.show_practice", "gateway.show_mailbox", *operators_policy("gateway")}
)
"""Where the operator names no practice in a header: there is none yet, the path names it, or it concerns all."""

OPTIONAL_SIGN_IN = frozenset(
    {
        "pages.show_start",
        "pages.sign_out",
        "pages.exit_quickly",
        "pages.show_style",
        "pages.choose_view",
        "pages.finish_openid",
        "pages.show_other_tab",
        "pages.go_on_with_words",
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
        "gateway.make_key",
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
        "pages.make_key",
        "pages.make_own_copy",
    }
)
"""Routes of our own that ask whoever is signed in to have shown within 15 minutes that it is them.

Not ending sign-ins: whoever fears that another is signed in as them should not be held up.
"""

PRIVATE: Mapping[str, re.Pattern[str]] = {
    "intake": re.compile(
        r"me/intention(/.+)?|couples/[^/]+/partners/[^/]+/intention(/.+)?|couples/[^/]+/readiness"
        r"|couples/[^/]+/partners/[^/]+/readiness|couples/[^/]+/break-glass|break-glass(/.+)?"
    ),
    "integration": re.compile(
        r"me/journal(/.+)?|me/shared-with-me|me/shared-by-me|me/check-ins/all|couples/[^/]+/partners/[^/]+/journal(/.+)?"
        r"|safety-concerns/[^/]+(/.+)?"
    ),
}
"""What shows private words, per service: over the API, reading them or writing what answers with them asks for the
same. Our own pages answer a form without them, so there no answer is held up, but for handing words to somebody."""

HANDS_ON = re.compile(r".+/(share|told-first)")
"""What hands words on to somebody, or frees them."""
TAKES_BACK = re.compile(r".+/unshare")
"""Nobody who takes something back is held up: without a fresh proof the answer leaves the words out."""


IN_ONES_NAME: Mapping[str, re.Pattern[str]] = {
    "sessions": re.compile(r"me/medicine-sessions/[^/]+/(consent|reaffirm)"),
    "notify": re.compile(r"me/contacts/[^/]+/mark"),
}
"""What is said in somebody's own name and opens something: a consent given or given again, an address marked as safe.
Whoever holds another's phone must not say it for them."""

AT_HAND = frozenset({"sessions.list_observations", "sessions.record_observation"})
"""Words that ask for no fresh proof: staff who hold a session write and read the log all along, hands on somebody,
and the same page shows a withdrawal. It is sealed, walled and audited like the others."""


def speaks_for_them(service: str, method: str, path: str, body: object) -> bool:
    """Whether this asks for a fresh proof as it is said in somebody's name. Withdrawing, and "not safe", never do.

    `body` is what the service will read, already parsed.
    """
    pattern = IN_ONES_NAME.get(service)
    if method != "POST" or pattern is None or not pattern.fullmatch(path):
        return False
    return not (isinstance(body, Mapping) and body.get("is_safe") is False and service == "notify")


def is_private(service: str, path: str) -> bool:
    """Whether private words of somebody are shown here, or come back."""
    pattern = PRIVATE.get(service)
    return pattern is not None and pattern.fullmatch(path) is not None
