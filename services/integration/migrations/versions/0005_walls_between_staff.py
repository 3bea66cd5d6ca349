"""Beneath the queries the database says it again: of the staff, a couple's rows are for those who treat it.

Who broke the glass reads what the care team reads, and nothing else of the staff reads anything clinical.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

_ACTOR = "nullif(current_setting('app.actor', true), '')::uuid"
_ROLES = "string_to_array(coalesce(current_setting('app.role', true), ''), '+')"
_IS_WORKER = f"{_ROLES} && ARRAY['worker']"
_IS_CLINICIAN = f"{_ROLES} && ARRAY['practitioner', 'prescriber', 'facilitator']"
_MINE = f"person_id = {_ACTOR}"

# Of one statement worked out once, not for each row.
_TREATED = f"SELECT team.couple_id FROM care_team_member team WHERE team.practitioner_id = {_ACTOR}"  # noqa: S608
_TREATS = f"{_IS_CLINICIAN} AND couple_id IN ({_TREATED})"


def _broke(whose: str) -> str:
    """An access that has not run out on the practice's clock; `whose` narrows it to the row's person."""
    opened = (
        "SELECT glass.couple_id FROM break_glass glass"  # noqa: S608
        " JOIN practice ON practice.practice_id = glass.practice_id"
        f" WHERE glass.practitioner_id = {_ACTOR}{whose}"
        " AND glass.expires_at > now() + make_interval(secs => practice.clock_offset_s)"
    )
    return f"{_IS_CLINICIAN} AND couple_id IN ({opened})"


def upgrade() -> None:
    for_staff = "audience IN ('practitioner', 'both')"
    for_partner = f"reader_id = {_ACTOR} AND audience IN ('partner', 'both')"
    for table, sees, reads in (
        ("journey", _MINE, ""),
        ("journal_snapshot", f"{_MINE} OR {for_partner}", f" AND {for_staff}"),
        ("safety_concern", _MINE, ""),
        ("told_first", "false", ""),
    ):
        care = f"({_TREATS} OR {_of_person(table)}){reads}"
        _see(table, f"{sees} OR {care}")
    # Which policy held when: of the couple, so an access to one partner shows it too.
    _see("confidentiality_change", f"{_TREATS} OR {_broke('')}")
    table = "attended_integration"
    op.execute(
        f"CREATE POLICY seen_by ON {table} AS RESTRICTIVE FOR SELECT"
        f" USING ({_IS_WORKER} OR {_MINE} OR {_TREATS} OR {_of_person(table)})"
    )
    op.execute(f"CREATE POLICY added_by ON {table} AS RESTRICTIVE FOR INSERT WITH CHECK ({_IS_WORKER})")
    op.execute(f"CREATE POLICY changed_by ON {table} AS RESTRICTIVE FOR UPDATE USING ({_IS_WORKER})")
    op.execute(f"CREATE POLICY removed_by ON {table} AS RESTRICTIVE FOR DELETE USING ({_IS_WORKER})")


def _of_person(table: str) -> str:
    return _broke(f" AND (glass.person_id IS NULL OR glass.person_id = {table}.person_id)")


def _see(table: str, sees: str) -> None:
    op.execute(f"ALTER POLICY seen_by ON {table} USING ({_IS_WORKER} OR {sees})")
