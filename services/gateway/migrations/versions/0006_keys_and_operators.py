"""Keys of a practice for programs, and sign-ins of operators."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import isolate

revision = "0006"
down_revision = "0005"

_PRACTICE = sa.text("nullif(current_setting('app.practice', true), '')::uuid")
_MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("practice_id", sa.Uuid, nullable=False, server_default=_PRACTICE),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("made_by", sa.Uuid, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT),
        sa.Column("revoked_at", _MOMENT),
        sa.Column("revoked_by", sa.Uuid),
        sa.UniqueConstraint("practice_id", "token_hash"),
    )
    op.create_table(
        "operator_sign_in",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("practice_id", sa.Uuid, nullable=False, server_default=_PRACTICE),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.UniqueConstraint("practice_id", "token_hash"),
    )
    isolate("api_key", "operator_sign_in")
