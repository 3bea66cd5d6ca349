"""Who may use which of gateway's routes.

Forwarded routes are decided by the service that answers them; here they only need somebody signed in.
"""

from shared.web.actor import OPERATOR, PARTNER, STAFF
from shared.web.operators import operators_policy
from shared.web.policy import (
    ANY_ADMIN,
    ANY_DESK,
    ANY_PARTNER,
    ANY_SIGNED_IN,
    ANY_STAFF,
    EVERYBODY,
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
    "edge.forward": _SIGNED_IN_OR_OPERATOR,
    "gateway.make_key": _PRACTICE_ADMIN,
    "gateway.list_keys": _PRACTICE_ADMIN,
    "gateway.revoke_key": _PRACTICE_ADMIN,
    "edge.show_openapi": THE_PUBLIC,
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
    "pages.show_enquiry": THE_PUBLIC,
    "pages.send_enquiry": THE_PUBLIC,
    "pages.show_enquiry_thanks": THE_PUBLIC,
    # For partners
    "pages.show_today": ANY_PARTNER,
    # For staff
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
    "pages.show_keys": _PRACTICE_ADMIN,
    "pages.make_key": _PRACTICE_ADMIN,
    "pages.revoke_key": _PRACTICE_ADMIN,
    # For operators
    "pages.show_operator_sign_in": THE_PUBLIC,
    "pages.sign_in_operator": THE_PUBLIC,
    "pages.sign_out_operator": OPERATORS,
    "pages.show_ops": OPERATORS,
    "pages.show_services": OPERATORS,
    "pages.show_events": OPERATORS,
    "pages.show_event": OPERATORS,
    "pages.show_letters": OPERATORS,
    "pages.show_letter": OPERATORS,
    "pages.replay_letter": OPERATORS,
    "pages.replay_letters": OPERATORS,
    "pages.show_replay": OPERATORS,
    "pages.show_timers": OPERATORS,
    "pages.show_reference": OPERATORS,
}
"""Whose a page's things are, the services decide that it asks; here only the role."""

POLICY: Policy = {**API, **PAGES}

OF_OPERATORS = frozenset(name for name, rule in PAGES.items() if rule == OPERATORS)
"""Pages for an operator who signed in with a browser. Nothing else opens them, and that sign-in opens nothing else."""

WITHOUT_PRACTICE = frozenset(
    {"gateway.create_practice", "gateway.show_practice", "gateway.show_mailbox", *operators_policy("gateway")}
)
"""Where the operator names no practice in a header: there is none yet, the path names it, or it concerns all."""

OPTIONAL_SIGN_IN = frozenset(
    {"pages.show_start", "pages.sign_out", "pages.exit_quickly", "pages.show_style", "pages.choose_view"}
)
"""Where a sign-in that is missing or over makes a visitor, not an error."""
