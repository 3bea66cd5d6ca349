"""The observation log of a medicine session: written by its staff, changed by nobody."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import isolate

revision = "0007"
down_revision = "0006"

_PRACTICE = sa.text("nullif(current_setting('app.practice', true), '')::uuid")
_MOMENT = sa.TIMESTAMP(timezone=True)
_ACTOR = "nullif(current_setting('app.actor', true), '')::uuid"
_ROLES = "string_to_array(coalesce(current_setting('app.role', true), ''), '+')"
_IS_WORKER = f"{_ROLES} && ARRAY['worker']"
_IS_CLINICIAN = f"{_ROLES} && ARRAY['practitioner', 'prescriber', 'facilitator']"
_SESSION = (
    "SELECT 1 FROM medicine_session session JOIN couple team ON team.couple_id = session.couple_id"  # noqa: S608
    f" WHERE session.id = observation.session_id AND NOT {_ACTOR} = ANY (team.conflict_ids)"
)
_WORKS_ON = f"{_ACTOR} = ANY (session.practitioner_ids || team.practitioner_ids)"
_OPENED = (
    "EXISTS (SELECT 1 FROM break_glass glass JOIN practice ON practice.practice_id = glass.practice_id"  # noqa: S608
    " WHERE glass.couple_id = session.couple_id"
    f" AND glass.practitioner_id = {_ACTOR} AND glass.person_id IS NULL"
    " AND glass.expires_at > now() + make_interval(secs => practice.clock_offset_s))"
)


def upgrade() -> None:
    op.create_table(
        "observation",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("practice_id", sa.Uuid, nullable=False, server_default=_PRACTICE),
        sa.Column("session_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("blood_pressure", sa.LargeBinary),
        sa.Column("note", sa.LargeBinary),
        sa.Column("observed_at", _MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Uuid, nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
    )
    op.create_index("observation_of_session", "observation", ["practice_id", "session_id", "observed_at"])
    isolate("observation", grants="SELECT, INSERT")
    writes = f"{_IS_CLINICIAN} AND EXISTS ({_SESSION} AND {_WORKS_ON})"
    reads = f"{_IS_CLINICIAN} AND EXISTS ({_SESSION} AND ({_WORKS_ON} OR {_OPENED}))"
    _wall("SELECT", f"USING ({_IS_WORKER} OR {reads})")
    _wall("INSERT", f"WITH CHECK ({_IS_WORKER} OR {writes})")


def _wall(act: str, condition: str) -> None:
    op.execute(f"CREATE POLICY people_{act.lower()} ON observation AS RESTRICTIVE FOR {act} {condition}")
