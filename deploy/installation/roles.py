"""The database roles of an installation whose events go through Kafka."""

from deploy.local.databases import KINDS, role_of
from shared.settings import SERVICES

ADMIN = "postgres"
"""Makes the others; no process of the platform has its password."""


def roles() -> tuple[str, ...]:
    """The roles of all services: owner, app and worker of each."""
    return tuple(role_of(service, kind) for service in SERVICES for kind in KINDS)
