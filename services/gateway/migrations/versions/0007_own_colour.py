"""A practice's own colour on its public pages."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("practice_profile", sa.Column("colour", sa.Text))
