"""Who may use which of integration's routes."""

from shared.web.policy import Policy

POLICY: Policy = {}
