"""An alert can be about a session instead of a person."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.alter_column("alert", "person_id", nullable=True)
    op.add_column("alert", sa.Column("session_id", sa.Uuid, nullable=True))
    op.create_index("alert_session", "alert", ["practice_id", "session_id"])
