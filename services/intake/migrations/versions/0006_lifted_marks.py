"""A mark of a conflict can be taken back; it stays, with who did so and when."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import roles

revision = "0006"
down_revision = "0005"

_ACTOR = "nullif(current_setting('app.actor', true), '')::uuid"
_ROLES = "string_to_array(coalesce(current_setting('app.role', true), ''), '+')"
_IS_WORKER = f"{_ROLES} && ARRAY['worker']"
_IS_ADMIN = f"{_ROLES} && ARRAY['practice_admin']"


def upgrade() -> None:
    op.add_column("conflict_mark", sa.Column("lifted_by", sa.Uuid))
    op.add_column("conflict_mark", sa.Column("lifted_at", sa.TIMESTAMP(timezone=True)))
    op.create_check_constraint(
        "conflict_mark_lifted_whole", "conflict_mark", "(lifted_by IS NULL) = (lifted_at IS NULL)"
    )
    op.drop_constraint("conflict_mark_once", "conflict_mark")
    op.create_index(
        "conflict_mark_standing",
        "conflict_mark",
        ["practice_id", "couple_id", "practitioner_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    app, worker = roles()
    op.execute(f"GRANT UPDATE (lifted_by, lifted_at) ON conflict_mark TO {app}, {worker}")
    # Not the practitioner, who could else lift their own mark and break the glass at once.
    op.execute(
        "CREATE POLICY people_update ON conflict_mark AS RESTRICTIVE FOR UPDATE"
        f" USING ({_IS_WORKER} OR {_IS_ADMIN})"
        f" WITH CHECK ({_IS_WORKER} OR lifted_by = {_ACTOR})"
    )
