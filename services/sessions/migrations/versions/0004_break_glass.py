"""Access outside the care team, as intake tells of it."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import isolate

revision = "0004"
down_revision = "0003"

_PRACTICE = sa.text("nullif(current_setting('app.practice', true), '')::uuid")
_ACTOR = "nullif(current_setting('app.actor', true), '')::uuid"
_ROLES = "string_to_array(coalesce(current_setting('app.role', true), ''), '+')"
_IS_WORKER = f"{_ROLES} && ARRAY['worker']"
_IS_CLINICIAN = f"{_ROLES} && ARRAY['practitioner', 'prescriber', 'facilitator']"


def upgrade() -> None:
    op.create_table(
        "break_glass",
        sa.Column("practice_id", sa.Uuid, nullable=False, server_default=_PRACTICE),
        sa.Column("break_glass_id", sa.Uuid, nullable=False),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid),
        sa.Column("practitioner_id", sa.Uuid, nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "break_glass_id"),
    )
    op.create_index(
        "break_glass_practitioner", "break_glass", ["practice_id", "practitioner_id", "couple_id"]
    )
    isolate("break_glass")
    # No partner's transaction reads it, whatever a query forgets; a clinician sees only their own access.
    own = f"{_IS_CLINICIAN} AND practitioner_id = {_ACTOR}"
    op.execute(
        f"CREATE POLICY seen_by ON break_glass AS RESTRICTIVE FOR SELECT USING ({_IS_WORKER} OR {own})"
    )
    op.execute(f"CREATE POLICY written_by ON break_glass AS RESTRICTIVE FOR INSERT WITH CHECK ({_IS_WORKER})")
    op.execute(f"CREATE POLICY changed_by ON break_glass AS RESTRICTIVE FOR UPDATE USING ({_IS_WORKER})")
    op.execute(f"CREATE POLICY removed_by ON break_glass AS RESTRICTIVE FOR DELETE USING ({_IS_WORKER})")
