"""That an address's owner said no is kept apart from that nobody has used it yet."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column(
        "contact_point", sa.Column("is_refused", sa.Boolean, nullable=False, server_default="false")
    )
