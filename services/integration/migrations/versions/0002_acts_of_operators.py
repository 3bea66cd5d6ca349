"""The plumbing's second state: what operators do is written down."""

from shared.db.migrations import upgrade_plumbing_2

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    upgrade_plumbing_2()
