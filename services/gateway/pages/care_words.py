"""What the care team's pages call things: the text of each value a service gives, and the mark of each state."""

from typing import NamedTuple


class Mark(NamedTuple):
    """The icon of `part.status`, and the text beside it."""

    icon: str
    words: str


KINDS = {
    "consultation": "kind_consultation",
    "preparation": "kind_preparation",
    "regulation": "care_regulation",
    "medicine": "care_medicine",
    "integration": "kind_integration",
    "check_in": "kind_check_in",
}
STATES = {
    "booked": Mark("wait", "care_booked"),
    "planned": Mark("part", "care_planned"),
    "confirmed": Mark("done", "care_confirmed"),
    "held": Mark("hold", "care_held"),
    "in_progress": Mark("wait", "care_in_progress"),
    "ended": Mark("done", "care_ended"),
    "completed": Mark("done", "care_completed"),
    "cancelled": Mark("undone", "care_cancelled"),
}
CONSENTS = {
    "not_given": Mark("open", "care_consent_open"),
    "given": Mark("done", "care_consent_given"),
    "reaffirmed": Mark("done", "care_consent_reaffirmed"),
    "withdrawn": Mark("undone", "care_consent_withdrawn"),
}
DECISIONS = {
    "ready": Mark("done", "care_ready"),
    "not_yet": Mark("wait", "care_not_yet"),
    "not_indicated": Mark("hold", "care_not_indicated"),
}
CONDITIONS = {
    "readiness": "care_gate_readiness",
    "consent": "care_gate_consent",
    "preparation_completed": "care_gate_preparation",
    "transport_plan": "care_gate_transport",
    "integration_within_72h": "care_gate_integration",
    "spacing": "care_gate_spacing",
    "previous_integration_done": "care_gate_previous",
    "no_conflict_of_interest": "care_gate_conflict",
}
PROGRAMMES = {
    "ketamine_clinic": "care_ketamine",
    "psilocybin_oregon": "care_oregon",
    "psilocybin_colorado": "care_colorado",
}
POLICIES = {"discretion": "care_discretion", "no_secrets": "care_no_secrets"}
POLICY_HINTS = {"discretion": "care_discretion_hint", "no_secrets": "care_no_secrets_hint"}
ALERTS = {
    "safety": "care_alert_safety",
    "consent_withdrawn": "care_alert_withdrawn",
    "session_not_ended": "care_alert_not_ended",
}
CONCERNS = {
    "not_safe_at_home": "care_concern_home",
    "very_low_mood": "care_concern_mood",
    "wants_contact": "care_concern_contact",
}
URGENCIES = {"now": "care_urgency_now", "soon": "care_urgency_soon"}
PARTS = {
    "hope": "care_part_hope",
    "meeting_what_surfaces": "care_part_surfaces",
    "honouring_limits": "care_part_limits",
    "past": "care_part_past",
}
CHANNELS = {
    "feelings": "care_channel_feelings",
    "thoughts": "care_channel_thoughts",
    "images": "care_channel_images",
    "sensations": "care_channel_sensations",
    "beliefs": "care_channel_beliefs",
}
BOOKABLE = ("preparation", "regulation", "integration", "check_in")
"""Kinds that are booked as an appointment; a medicine session is planned, a consultation comes from an enquiry."""
