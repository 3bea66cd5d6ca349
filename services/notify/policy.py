"""Who may use which of notify's routes."""

from shared.web.policy import Policy

POLICY: Policy = {}
