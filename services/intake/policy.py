"""Who may use which of intake's routes."""

from shared.web.policy import Policy, roles

POLICY: Policy = {
    "intake.receive_enquiry": roles("public", "front_desk", "practice_admin"),
    "intake.list_enquiries": roles("front_desk", "practice_admin", "practitioner"),
}
