"""Which confidentiality policy holds since when, access outside the care team, and conflicts of interest."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import isolate, roles

revision = "0004"
down_revision = "0003"

_PRACTICE = sa.text("nullif(current_setting('app.practice', true), '')::uuid")
_MOMENT = sa.TIMESTAMP(timezone=True)

_ACTOR = "nullif(current_setting('app.actor', true), '')::uuid"
_ROLES = "string_to_array(coalesce(current_setting('app.role', true), ''), '+')"
_IS_WORKER = f"{_ROLES} && ARRAY['worker']"
_IS_PARTNER = f"{_ROLES} && ARRAY['partner']"
_IS_CLINICIAN = f"{_ROLES} && ARRAY['practitioner', 'prescriber', 'facilitator']"
_IS_ADMIN = f"{_ROLES} && ARRAY['practice_admin']"
_IS_STAFF = f"({_IS_CLINICIAN} OR {_ROLES} && ARRAY['front_desk', 'practice_admin'])"
_POLICIES = "('discretion', 'no_secrets')"


def upgrade() -> None:
    _break_glass()  # first: the walls of the others look at it
    _confidentiality()
    _conflicts()
    _let_a_broken_glass_show()


def _table(name: str, *columns: Any) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("practice_id", sa.Uuid, nullable=False, server_default=_PRACTICE),
        sa.Column("couple_id", sa.Uuid, sa.ForeignKey("couple.id"), nullable=False),
        *columns,
    )


def _confidentiality() -> None:
    _table(
        "confidentiality_change",
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("changed_by", sa.Uuid, nullable=False),
        sa.UniqueConstraint("practice_id", "couple_id", "sequence"),
        sa.CheckConstraint(f"policy IN {_POLICIES}", "confidentiality_policy"),
    )
    _table(
        "told_first",
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("partner.id"), nullable=False),
        sa.Column("intention_part_id", sa.Uuid, sa.ForeignKey("intention_part.id"), nullable=False),
        sa.Column("part_version", sa.BigInteger, nullable=False),
        sa.Column("told_by", sa.Uuid, nullable=False),
        sa.Column("told_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("practice_id", "intention_part_id", "part_version", name="told_first_once"),
    )
    # Whatever was written before there was a choice was told under discretion.
    op.add_column(
        "intention_part", sa.Column("told_under", sa.Text, nullable=False, server_default="discretion")
    )
    op.create_check_constraint("told_under_policy", "intention_part", f"told_under IN {_POLICIES}")
    isolate("confidentiality_change", "told_first", grants="SELECT, INSERT")
    my_couple = f"SELECT me.couple_id FROM partner me WHERE me.id = {_ACTOR}"  # noqa: S608  (no input)
    of_mine = f"({_IS_PARTNER} AND couple_id = ({my_couple}))"
    changes = "confidentiality_change"
    _wall(changes, "SELECT", f"USING ({_IS_WORKER} OR {_IS_STAFF} OR {of_mine})")
    # At registration any of the staff may say it, afterwards who treats the couple.
    may_say = f"{_IS_STAFF} AND sequence = 1 OR {_treats(changes)}"
    _wall(changes, "INSERT", f"WITH CHECK ({_IS_WORKER} OR changed_by = {_ACTOR} AND ({may_say}))")
    _wall(
        "told_first", "SELECT", f"USING ({_IS_WORKER} OR {_treats('told_first')} OR {_broke('told_first')})"
    )
    told = f"told_by = {_ACTOR} AND {_treats('told_first')}"
    _wall("told_first", "INSERT", f"WITH CHECK ({_IS_WORKER} OR {told})")


def _break_glass() -> None:
    _table(
        "break_glass",
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("partner.id")),
        sa.Column("practitioner_id", sa.Uuid, nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("reviewed_by", sa.Uuid),
        sa.Column("reviewed_at", _MOMENT),
        sa.Column("outcome", sa.Text),
        sa.CheckConstraint("expires_at <= opened_at + interval '4 hours'", "break_glass_is_short"),
        sa.CheckConstraint("reviewed_by <> practitioner_id", "break_glass_reviewed_by_another"),
        sa.CheckConstraint(
            "num_nonnulls(reviewed_by, reviewed_at, outcome) IN (0, 3)", "break_glass_reviewed_whole"
        ),
        sa.CheckConstraint("outcome IN ('justified', 'not_justified')", "break_glass_outcome"),
    )
    op.create_index(
        "break_glass_couple", "break_glass", ["practice_id", "couple_id", "practitioner_id", "expires_at"]
    )
    op.create_index("break_glass_opened_at", "break_glass", ["practice_id", "opened_at", "id"])
    isolate("break_glass", grants="SELECT, INSERT")
    app, worker = roles()
    op.execute(
        f"GRANT UPDATE (expires_at, reviewed_by, reviewed_at, outcome) ON break_glass TO {app}, {worker}"
    )
    # Its reason is for who gave it and for admins; who opened it can end it, and nobody can take it away.
    own = f"({_IS_CLINICIAN} AND practitioner_id = {_ACTOR})"
    theirs = f"{_IS_WORKER} OR {_IS_ADMIN} OR {own}"
    _wall("break_glass", "SELECT", f"USING ({theirs})")
    _wall("break_glass", "INSERT", f"WITH CHECK ({_IS_WORKER} OR {own})")
    _wall("break_glass", "UPDATE", f"USING ({theirs})")


def _conflicts() -> None:
    _table(
        "conflict_mark",
        sa.Column("practitioner_id", sa.Uuid, nullable=False),
        sa.Column("marked_by", sa.Uuid, nullable=False),
        sa.Column("marked_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("practice_id", "couple_id", "practitioner_id", name="conflict_mark_once"),
    )
    isolate("conflict_mark", grants="SELECT, INSERT")
    # The desk must see it, which puts care teams together; a clinician sees only marks of their own.
    own = f"({_IS_CLINICIAN} AND practitioner_id = {_ACTOR})"
    desk = f"{_ROLES} && ARRAY['front_desk', 'practice_admin']"
    _wall("conflict_mark", "SELECT", f"USING ({_IS_WORKER} OR {desk} OR {own})")
    marks = f"marked_by = {_ACTOR} AND ({_IS_ADMIN} OR {own})"
    _wall("conflict_mark", "INSERT", f"WITH CHECK ({_IS_WORKER} OR {marks})")


def _let_a_broken_glass_show() -> None:
    """Who broke the glass reads what the care team reads, and writes nothing."""
    own = f"({_IS_PARTNER} AND person_id = {_ACTOR})"
    my_couple = f"SELECT me.couple_id FROM partner me WHERE me.id = {_ACTOR}"  # noqa: S608  (no input)
    of_mine = f"({_IS_PARTNER} AND couple_id = ({my_couple}))"
    for table, others in (
        ("intention_part", f"{_IS_WORKER} OR {own}"),
        ("preparation", _IS_WORKER),
        ("readiness_decision", _IS_WORKER),
    ):
        op.execute(f"DROP POLICY people_all ON {table}")
        _wall(table, "SELECT", f"USING ({others} OR {_treats(table)} OR {_broke(table)})")
        _wall(table, "INSERT", f"WITH CHECK ({others} OR {_treats(table)})")
        _wall(table, "UPDATE", f"USING ({others} OR {_treats(table)})")
        _wall(table, "DELETE", f"USING ({others} OR {_treats(table)})")
    shared = "shared_intention_part"
    op.execute(f"DROP POLICY people_select ON {shared}")
    _wall(shared, "SELECT", f"USING ({_IS_WORKER} OR {of_mine} OR {_treats(shared)} OR {_broke(shared)})")


def _treats(table: str) -> str:
    is_on_team = f"{_ACTOR} = ANY (couple.practitioner_ids)"
    treated = f"SELECT 1 FROM couple WHERE couple.id = {table}.couple_id AND {is_on_team}"  # noqa: S608  (no input)
    return f"({_IS_CLINICIAN} AND EXISTS ({treated}))"


def _broke(table: str) -> str:
    """An access that has not run out on the practice's clock, to the couple or to the person whose row it is."""
    now = "now() + make_interval(secs => practice.clock_offset_s)"
    opened = (
        "SELECT 1 FROM break_glass JOIN practice ON practice.practice_id = break_glass.practice_id"  # noqa: S608
        f" WHERE break_glass.couple_id = {table}.couple_id AND break_glass.practitioner_id = {_ACTOR}"
        f" AND (break_glass.person_id IS NULL OR break_glass.person_id = {table}.person_id)"
        f" AND break_glass.expires_at > {now}"
    )
    return f"({_IS_CLINICIAN} AND EXISTS ({opened}))"


def _wall(table: str, act: str, condition: str) -> None:
    op.execute(f"CREATE POLICY people_{act.lower()} ON {table} AS RESTRICTIVE FOR {act} {condition}")
