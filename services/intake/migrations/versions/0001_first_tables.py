"""First tables of intake."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from shared.db.migrations import create_plumbing, isolate

revision = "0001"
down_revision = None

_PRACTICE = sa.text("nullif(current_setting('app.practice', true), '')::uuid")
_MOMENT = sa.TIMESTAMP(timezone=True)

_ACTOR = "nullif(current_setting('app.actor', true), '')::uuid"
_ROLES = "string_to_array(coalesce(current_setting('app.role', true), ''), '+')"
_IS_WORKER = f"{_ROLES} && ARRAY['worker']"
_IS_PARTNER = f"{_ROLES} && ARRAY['partner']"
_IS_CLINICIAN = f"{_ROLES} && ARRAY['practitioner', 'prescriber', 'facilitator']"


def upgrade() -> None:
    create_plumbing()
    _people()
    _answers()
    _decisions()
    isolate("enquiry")
    isolate("couple", "partner", "intention_part", grants="SELECT, INSERT, UPDATE")
    isolate("shared_intention_part")
    isolate("preparation", "readiness_decision", grants="SELECT, INSERT")
    _walls_between_partners()


def _table(name: str, *columns: Any) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("practice_id", sa.Uuid, nullable=False, server_default=_PRACTICE),
        *columns,
    )


def _of_partner() -> list[Any]:
    return [
        sa.Column("couple_id", sa.Uuid, sa.ForeignKey("couple.id"), nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("partner.id"), nullable=False),
    ]


def _people() -> None:
    _table(
        "enquiry",
        sa.Column("contact_id", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    op.create_index("enquiry_received_at", "enquiry", ["practice_id", "received_at", "id"])
    _table(
        "couple",
        sa.Column("enquiry_id", sa.Uuid, sa.ForeignKey("enquiry.id")),
        sa.Column("practitioner_ids", ARRAY(sa.Uuid), nullable=False),
        sa.Column("registered_at", _MOMENT, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("practice_id", "enquiry_id"),
    )
    op.create_index("couple_registered_at", "couple", ["practice_id", "registered_at", "id"])
    op.create_index("couple_practitioner_ids", "couple", ["practitioner_ids"], postgresql_using="gin")
    _table(
        "partner",
        sa.Column("couple_id", sa.Uuid, sa.ForeignKey("couple.id"), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.UniqueConstraint("practice_id", "couple_id", "position"),
        sa.CheckConstraint("position IN (0, 1)", "couple_has_two_partners_at_most"),
        sa.CheckConstraint("state IN ('registered', 'invited', 'joined')", "partner_state"),
    )


def _answers() -> None:
    for name, more in (
        ("intention_part", [sa.Column("version", sa.BigInteger, nullable=False)]),
        ("shared_intention_part", []),
    ):
        _table(
            name,
            *_of_partner(),
            sa.Column("part", sa.Text, nullable=False),
            sa.Column("text", sa.LargeBinary, nullable=False),
            *more,
            sa.UniqueConstraint("practice_id", "person_id", "part"),
        )
    op.create_index("shared_intention_part_couple", "shared_intention_part", ["practice_id", "couple_id"])


def _decisions() -> None:
    _table(
        "preparation",
        *_of_partner(),
        sa.Column("completed_by", sa.Uuid, nullable=False),
        sa.Column("completed_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("practice_id", "person_id"),
    )
    _table(
        "readiness_decision",
        *_of_partner(),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=False),
        sa.Column("decided_by", sa.Uuid, nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT),
        sa.UniqueConstraint("practice_id", "person_id", "sequence"),
        sa.CheckConstraint("(decision = 'ready') = (expires_at IS NOT NULL)", "only_ready_expires"),
    )
    op.create_index("readiness_decision_couple", "readiness_decision", ["practice_id", "couple_id"])


def _walls_between_partners() -> None:
    """P1 a second time, under the queries: a partner's transaction reads no row of the other but what is shared,
    and nobody but the couple's care team reads a decision, whatever a query forgets."""
    own = f"({_IS_PARTNER} AND person_id = {_ACTOR})"
    my_couple = f"SELECT me.couple_id FROM partner me WHERE me.id = {_ACTOR}"  # noqa: S608  (no input)
    of_mine = f"({_IS_PARTNER} AND couple_id = ({my_couple}))"
    _wall("intention_part", "ALL", f"USING ({_IS_WORKER} OR {own} OR {_treats('intention_part')})")
    shared = "shared_intention_part"
    _wall(shared, "SELECT", f"USING ({_IS_WORKER} OR {of_mine} OR {_treats(shared)})")
    _wall(shared, "INSERT", f"WITH CHECK ({own})")
    _wall(shared, "UPDATE", f"USING ({own})")
    _wall(shared, "DELETE", f"USING ({own})")
    for table in ("preparation", "readiness_decision"):
        _wall(table, "ALL", f"USING ({_IS_WORKER} OR {_treats(table)})")


def _treats(table: str) -> str:
    is_on_team = f"{_ACTOR} = ANY (couple.practitioner_ids)"
    treated = f"SELECT 1 FROM couple WHERE couple.id = {table}.couple_id AND {is_on_team}"  # noqa: S608  (no input)
    return f"({_IS_CLINICIAN} AND EXISTS ({treated}))"


def _wall(table: str, act: str, condition: str) -> None:
    op.execute(f"CREATE POLICY people_{act.lower()} ON {table} AS RESTRICTIVE FOR {act} {condition}")
