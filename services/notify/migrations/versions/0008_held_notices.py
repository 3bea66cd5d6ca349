"""A notice that was due before a restore is held: its mail may have gone out."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("notice", sa.Column("is_held", sa.Boolean, nullable=False, server_default="false"))
