"""Who needs a password in an installation whose events go through Kafka: the database roles, and two others."""

from deploy.local.databases import KINDS, role_of
from shared.settings import SERVICES

ADMIN = "postgres"
"""Makes the others; no process of the platform has its password."""

GRAFANA = "grafana"
"""The admin of the dashboards, where an installation has them."""


def roles() -> tuple[str, ...]:
    """The roles of all services: owner, app and worker of each."""
    return tuple(role_of(service, kind) for service in SERVICES for kind in KINDS)
