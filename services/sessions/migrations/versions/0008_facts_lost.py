"""A medicine session says that facts of it may be missing since a restore: whoever starts it confirms them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("medicine_session", sa.Column("facts_lost_at", sa.TIMESTAMP(timezone=True), nullable=True))
