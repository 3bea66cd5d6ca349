"""The gateway keeps where a member of staff's address lies, so that it can state again that they joined."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("account", sa.Column("contact_id", sa.Uuid, nullable=True))
