"""Which confidentiality policy held since when, what was told first, and access outside the care team."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import isolate

revision = "0004"
down_revision = "0003"

_PRACTICE = sa.text("nullif(current_setting('app.practice', true), '')::uuid")
_MOMENT = sa.TIMESTAMP(timezone=True)
_ACTOR = "nullif(current_setting('app.actor', true), '')::uuid"
_ROLES = "string_to_array(coalesce(current_setting('app.role', true), ''), '+')"
_IS_WORKER = f"{_ROLES} && ARRAY['worker']"
_IS_CLINICIAN = f"{_ROLES} && ARRAY['practitioner', 'prescriber', 'facilitator']"


def upgrade() -> None:
    op.create_table(
        "confidentiality_change",
        _practice(),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "couple_id", "sequence"),
    )
    op.create_table(
        "break_glass",
        _practice(),
        sa.Column("break_glass_id", sa.Uuid, nullable=False),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid),
        sa.Column("practitioner_id", sa.Uuid, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "break_glass_id"),
    )
    op.create_index(
        "break_glass_practitioner", "break_glass", ["practice_id", "practitioner_id", "couple_id"]
    )
    op.create_table(
        "told_first",
        _practice(),
        sa.Column("piece_id", sa.Uuid, nullable=False),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("told_by", sa.Uuid, nullable=False),
        sa.Column("told_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "piece_id"),
    )
    op.add_column("journal_snapshot", sa.Column("told_at", _MOMENT))
    isolate("confidentiality_change", "break_glass")
    isolate("told_first", grants="SELECT, INSERT")
    # No partner's transaction reads any of these, whatever a query forgets; a clinician sees only their own access.
    _wall("confidentiality_change", sees=_IS_CLINICIAN)
    _wall("break_glass", sees=f"{_IS_CLINICIAN} AND practitioner_id = {_ACTOR}")
    on_team = (
        "EXISTS (SELECT 1 FROM care_team_member member WHERE member.couple_id = told_first.couple_id"  # noqa: S608
        f" AND member.practitioner_id = {_ACTOR})"
    )
    adds = f"{_IS_CLINICIAN} AND told_by = {_ACTOR} AND {on_team}"
    _wall("told_first", sees=_IS_CLINICIAN, adds=adds)


def _wall(table: str, *, sees: str, adds: str = "false") -> None:
    """Beside the practice's wall: the worker writes what it was told of, `adds` says who else does."""
    changes = f"ON {table} AS RESTRICTIVE FOR"
    op.execute(f"CREATE POLICY seen_by {changes} SELECT USING ({_IS_WORKER} OR {sees})")
    op.execute(f"CREATE POLICY added_by {changes} INSERT WITH CHECK ({_IS_WORKER} OR {adds})")
    op.execute(f"CREATE POLICY changed_by {changes} UPDATE USING ({_IS_WORKER})")
    op.execute(f"CREATE POLICY removed_by {changes} DELETE USING ({_IS_WORKER})")


def _practice() -> sa.Column[UUID]:
    return sa.Column("practice_id", sa.Uuid, nullable=False, server_default=_PRACTICE)
