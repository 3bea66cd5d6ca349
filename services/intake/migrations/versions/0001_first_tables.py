"""First tables of intake."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import create_plumbing, isolate

revision = "0001"
down_revision = None

_PRACTICE = sa.text("nullif(current_setting('app.practice', true), '')::uuid")


def upgrade() -> None:
    create_plumbing()
    op.create_table(
        "enquiry",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("practice_id", sa.Uuid, nullable=False, server_default=_PRACTICE),
        sa.Column("contact_id", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    op.create_index("enquiry_received_at", "enquiry", ["practice_id", "received_at", "id"])
    isolate("enquiry")
