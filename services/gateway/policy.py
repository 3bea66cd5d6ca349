"""Who may use which of gateway's routes.

Forwarded routes are decided by the service that answers them; here they only need somebody signed in.
"""

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
)

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
    "pages.show_enquiry": THE_PUBLIC,
    "pages.send_enquiry": THE_PUBLIC,
    "pages.show_enquiry_thanks": THE_PUBLIC,
    # For partners
    "pages.show_today": ANY_PARTNER,
    # For staff
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
    # For operators
}
"""Whose a page's things are, the services decide that it asks; here only the role."""

POLICY: Policy = {**API, **PAGES}

WITHOUT_PRACTICE = frozenset({"gateway.create_practice", "gateway.show_practice", "gateway.show_mailbox"})
"""Where the operator names no practice in a header: there is none yet, the path names it, or it concerns all."""

OPTIONAL_SIGN_IN = frozenset(
    {"pages.show_start", "pages.sign_out", "pages.exit_quickly", "pages.show_style", "pages.choose_view"}
)
"""Where a sign-in that is missing or over makes a visitor, not an error."""
