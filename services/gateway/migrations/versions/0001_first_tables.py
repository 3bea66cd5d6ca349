"""First tables of gateway."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import create_plumbing, isolate, roles

revision = "0001"
down_revision = None

_PRACTICE = sa.text("nullif(current_setting('app.practice', true), '')::uuid")
_MINE = "practice_id = nullif(current_setting('app.practice', true), '')::uuid"
_MOMENT = sa.TIMESTAMP(timezone=True)


def _practice_id() -> sa.Column[object]:
    return sa.Column("practice_id", sa.Uuid, nullable=False, server_default=_PRACTICE)


def upgrade() -> None:
    create_plumbing()
    app, worker = roles()
    # The gateway owns practices: its commands write what the other services learn from its events.
    op.execute(f"GRANT INSERT, UPDATE ON practice TO {app}")
    _directory(app, worker)
    op.create_table(
        "practice_profile",
        sa.Column("id", sa.Uuid, primary_key=True),
        _practice_id(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.UniqueConstraint("practice_id"),
    )
    op.create_table(
        "account",
        _practice_id(),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text),
        sa.Column("roles", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("joined_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "person_id"),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid, primary_key=True),
        _practice_id(),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.UniqueConstraint("practice_id", "token_hash"),
    )
    op.create_index("sign_in_ends_at", "sign_in", ["practice_id", "ends_at"])
    op.create_table(
        "partner",
        _practice_id(),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "person_id"),
    )
    op.create_index("partner_couple_id", "partner", ["practice_id", "couple_id"])
    op.create_table(
        "care_team_member",
        _practice_id(),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("practitioner_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "couple_id", "practitioner_id"),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid, primary_key=True),
        _practice_id(),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("contact_id", sa.Uuid, nullable=False),
        sa.Column("address_hash", sa.LargeBinary, nullable=False),
        sa.Column("invited_by", sa.Uuid, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("invited_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("accepted_at", _MOMENT),
        sa.Column("replaced_at", _MOMENT),
        sa.Column("is_message_sent", sa.Boolean, nullable=False),
        sa.UniqueConstraint("practice_id", "token_hash"),
    )
    op.create_index("invitation_person_id", "invitation", ["practice_id", "person_id"])
    op.create_index("invitation_couple_id", "invitation", ["practice_id", "couple_id"])
    op.create_index("invitation_invited_at", "invitation", ["practice_id", "invited_at", "id"])
    isolate("practice_profile", "account", "sign_in", "partner", "care_team_member", "invitation")


def _directory(app: str, worker: str) -> None:
    """Slug → practice, readable before a practice is set; see PracticeDirectory for why that is safe."""
    op.create_table(
        "practice_directory",
        sa.Column("slug", sa.Text, primary_key=True),
        _practice_id(),
        sa.Column("is_demo", sa.Boolean, nullable=False),
        sa.UniqueConstraint("practice_id"),
    )
    op.execute("ALTER TABLE practice_directory ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE practice_directory FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY read_by_all ON practice_directory FOR SELECT USING (true)")
    op.execute(f"CREATE POLICY written_for_mine ON practice_directory FOR INSERT WITH CHECK ({_MINE})")
    op.execute(f"GRANT SELECT, INSERT ON practice_directory TO {app}")
    op.execute(f"GRANT SELECT ON practice_directory TO {worker}")
