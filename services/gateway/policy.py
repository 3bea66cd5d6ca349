"""Who may use which of gateway's routes."""

from shared.web.policy import Policy

POLICY: Policy = {}
