"""The plumbing's third state: data keys, and the audit."""

from shared.db.migrations import upgrade_plumbing_3

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    upgrade_plumbing_3()
