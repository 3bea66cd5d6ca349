"""The gateway keeps where a member of staff's address lies, so that it can state again that they joined."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("account", sa.Column("contact_id", sa.Uuid, nullable=True))
