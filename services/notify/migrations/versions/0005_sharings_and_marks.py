"""What is shared at this moment, and who has a conflict of interest with a couple, as their owners tell of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from shared.db.migrations import isolate

revision = "0005"
down_revision = "0004"

_PRACTICE = sa.text("nullif(current_setting('app.practice', true), '')::uuid")


def upgrade() -> None:
    op.create_table(
        "sharing",
        sa.Column("practice_id", sa.Uuid, nullable=False, server_default=_PRACTICE),
        sa.Column("sharing_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "sharing_id"),
    )
    isolate("sharing")
    op.add_column("couple", sa.Column("conflict_ids", ARRAY(sa.Uuid), nullable=False, server_default="{}"))
