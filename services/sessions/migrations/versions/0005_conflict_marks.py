"""Who has a conflict of interest with a couple, as intake tells of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("couple", sa.Column("conflict_ids", ARRAY(sa.Uuid), nullable=False, server_default="{}"))
