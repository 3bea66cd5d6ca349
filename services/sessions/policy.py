"""Who may use which of sessions's routes."""

from shared.web.policy import Policy

POLICY: Policy = {}
