"""First tables of integration."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import create_plumbing, isolate

revision = "0001"
down_revision = None

_PRACTICE = sa.text("nullif(current_setting('app.practice', true), '')::uuid")
_ACTOR = "nullif(current_setting('app.actor', true), '')::uuid"
_ROLE = "current_setting('app.role', true)"
_MINE = f"person_id = {_ACTOR}"
_STAFF = f"{_ROLE} <> 'partner'"
_WORKER = f"{_ROLE} = 'worker'"


def upgrade() -> None:
    create_plumbing()
    _create_projections()
    _create_journeys()
    _create_journal()
    _create_check_ins()
    isolate(
        "couple_partner", "care_team_member", "attended_integration",
        "journey", "journal_entry", "journal_snapshot", "check_in", "safety_concern",
    )  # fmt: skip
    # Walls between the partners beneath the queries: what one wrote, the other's transactions can't read.
    _wall("journey", sees=f"{_MINE} OR {_STAFF}")
    _wall("journal_entry", sees=f"{_MINE} OR {_WORKER}")
    _wall(
        "journal_snapshot",
        sees=f"{_MINE} OR {_WORKER} OR (reader_id = {_ACTOR} AND audience IN ('partner', 'both'))"
        f" OR ({_STAFF} AND audience IN ('practitioner', 'both'))",
    )
    _wall("check_in", sees=f"{_MINE} OR {_WORKER}")
    _wall("safety_concern", sees=f"{_MINE} OR {_STAFF}")


def _wall(table: str, *, sees: str) -> None:
    """Beside the practice's wall: `sees` limits reading; only the owner and the worker write."""
    writes = f"{_MINE} OR {_WORKER}"
    op.execute(f"CREATE POLICY seen_by ON {table} AS RESTRICTIVE FOR SELECT USING ({sees})")
    op.execute(f"CREATE POLICY added_by ON {table} AS RESTRICTIVE FOR INSERT WITH CHECK ({writes})")
    op.execute(f"CREATE POLICY changed_by ON {table} AS RESTRICTIVE FOR UPDATE USING ({writes})")
    op.execute(f"CREATE POLICY removed_by ON {table} AS RESTRICTIVE FOR DELETE USING ({writes})")


def _create_projections() -> None:
    op.create_table(
        "couple_partner",
        _practice(),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "couple_id", "person_id"),
    )
    op.create_index("couple_partner_person", "couple_partner", ["practice_id", "person_id"])
    op.create_table(
        "care_team_member",
        _practice(),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("practitioner_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "couple_id", "practitioner_id"),
    )
    op.create_index("care_team_member_practitioner", "care_team_member", ["practice_id", "practitioner_id"])
    op.create_table(
        "attended_integration",
        _practice(),
        sa.Column("session_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "session_id", "person_id"),
    )
    op.create_index("attended_integration_person", "attended_integration", ["practice_id", "person_id", "at"])


def _create_journeys() -> None:
    op.create_table(
        "journey",
        sa.Column("id", sa.Uuid, primary_key=True),
        _practice(),
        sa.Column("session_id", sa.Uuid, nullable=False),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.UniqueConstraint("practice_id", "session_id", "person_id", name="journey_once"),
    )
    op.create_index("journey_person", "journey", ["practice_id", "person_id", "opened_at"])
    op.create_index("journey_couple", "journey", ["practice_id", "couple_id"])


def _create_journal() -> None:
    op.create_table(
        "journal_entry",
        sa.Column("id", sa.Uuid, primary_key=True),
        _practice(),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("text", sa.LargeBinary, nullable=False),
        sa.Column("mood", sa.LargeBinary),
        sa.Column("audience", sa.Text),
        sa.Column("written_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    op.create_index("journal_entry_person", "journal_entry", ["practice_id", "person_id", "written_at", "id"])
    op.create_table(
        "journal_snapshot",
        sa.Column("id", sa.Uuid, primary_key=True),
        _practice(),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("entry_id", sa.Uuid, nullable=False),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("reader_id", sa.Uuid),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("text", sa.LargeBinary, nullable=False),
        sa.Column("mood", sa.LargeBinary),
        sa.Column("shared_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.UniqueConstraint("practice_id", "entry_id", name="journal_snapshot_once"),
    )
    op.create_index(
        "journal_snapshot_reader", "journal_snapshot", ["practice_id", "reader_id", "shared_at", "id"]
    )
    op.create_index(
        "journal_snapshot_couple",
        "journal_snapshot",
        ["practice_id", "couple_id", "person_id", "shared_at", "id"],
    )


def _create_check_ins() -> None:
    op.create_table(
        "check_in",
        sa.Column("id", sa.Uuid, primary_key=True),
        _practice(),
        sa.Column("journey_id", sa.Uuid, nullable=False),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("day", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True)),
        sa.Column("answers", sa.LargeBinary),
        sa.UniqueConstraint("practice_id", "journey_id", "day", name="check_in_once"),
    )
    op.create_index("check_in_person", "check_in", ["practice_id", "person_id", "state"])
    op.create_table(
        "safety_concern",
        sa.Column("id", sa.Uuid, primary_key=True),
        _practice(),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("check_in_id", sa.Uuid, nullable=False),
        sa.Column("urgency", sa.Text, nullable=False),
        sa.Column("kinds", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("raised_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("acknowledged_by", sa.Uuid),
        sa.Column("acknowledged_at", sa.TIMESTAMP(timezone=True)),
        sa.UniqueConstraint("practice_id", "check_in_id", name="safety_concern_once"),
    )
    op.create_index(
        "safety_concern_couple", "safety_concern", ["practice_id", "couple_id", "raised_at", "id"]
    )


def _practice() -> sa.Column[UUID]:
    return sa.Column("practice_id", sa.Uuid, nullable=False, server_default=_PRACTICE)
