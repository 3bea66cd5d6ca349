"""First tables of integration."""

from shared.db.migrations import create_plumbing

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_plumbing()
