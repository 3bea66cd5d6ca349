"""First tables of sessions."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE, ExcludeConstraint

from shared.db.migrations import create_plumbing, isolate

revision = "0001"
down_revision = None

_PRACTICE = sa.text("nullif(current_setting('app.practice', true), '')::uuid")
_MOMENT = sa.TIMESTAMP(timezone=True)
_IDS = ARRAY(sa.Uuid)


def upgrade() -> None:
    create_plumbing()
    _practitioners()
    _resources()
    _bookings()
    _medicine_sessions()
    _care()


def _practitioners() -> None:
    op.create_table(
        "practitioner",
        _practice(),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("roles", ARRAY(sa.Text), nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "person_id"),
    )
    op.create_table(
        "licence",
        sa.Column("id", sa.Uuid, primary_key=True),
        _practice(),
        sa.Column("practitioner_id", sa.Uuid, nullable=False),
        sa.Column("profession", sa.Text, nullable=False),
        sa.Column("jurisdiction", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_until", sa.Date, nullable=False),
        sa.CheckConstraint("valid_from <= valid_until"),
    )
    op.create_index("licence_practitioner", "licence", ["practice_id", "practitioner_id"])
    op.create_table(
        "availability",
        sa.Column("id", sa.Uuid, primary_key=True),
        _practice(),
        sa.Column("practitioner_id", sa.Uuid, nullable=False),
        sa.Column("weekday", sa.SmallInteger, nullable=False),
        sa.Column("from_time", sa.Time, nullable=False),
        sa.Column("until_time", sa.Time, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6 AND from_time < until_time"),
    )
    op.create_index("availability_practitioner", "availability", ["practice_id", "practitioner_id"])
    isolate("practitioner", "licence", "availability")


def _resources() -> None:
    op.create_table(
        "room",
        sa.Column("id", sa.Uuid, primary_key=True),
        _practice(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
    )
    op.create_table(
        "resource",
        sa.Column("resource_no", sa.BigInteger, sa.Identity(), primary_key=True),
        _practice(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("ref", sa.Uuid, nullable=False),
        sa.UniqueConstraint("practice_id", "kind", "ref"),
    )
    op.create_table(
        "occupancy",
        sa.Column("id", sa.Uuid, primary_key=True),
        _practice(),
        sa.Column("session_id", sa.Uuid, nullable=False),
        sa.Column("resource_no", sa.BigInteger, nullable=False),
        sa.Column("during", TSTZRANGE, nullable=False),
        # Rule B1. A range of one number stands in for `resource_no WITH =`, which would need btree_gist.
        ExcludeConstraint(
            (sa.text("int8range(resource_no, resource_no, '[]')"), "&&"),
            (sa.column("during"), "&&"),
            name="occupancy_no_overlap",
            using="gist",
        ),
    )
    op.create_index("occupancy_session", "occupancy", ["practice_id", "session_id"])
    isolate("room", "resource", "occupancy")


def _bookings() -> None:
    op.create_table(
        "booking",
        sa.Column("id", sa.Uuid, primary_key=True),
        _practice(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("couple_id", sa.Uuid),
        sa.Column("enquiry_id", sa.Uuid),
        sa.Column("partner_ids", _IDS, nullable=False),
        sa.Column("practitioner_ids", _IDS, nullable=False),
        sa.Column("room_id", sa.Uuid),
        sa.Column("medicine_session_id", sa.Uuid),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("is_called_off", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    op.create_index("booking_starts_at", "booking", ["practice_id", "starts_at"])
    op.create_index("booking_couple", "booking", ["practice_id", "couple_id"])
    op.create_index(
        "booking_one_consultation",
        "booking",
        ["practice_id", "enquiry_id"],
        unique=True,
        postgresql_where=sa.text("enquiry_id IS NOT NULL AND state <> 'cancelled'"),
    )
    op.create_table(
        "public_change",
        _practice(),
        sa.Column("session_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("released_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "session_id", "number"),
    )
    isolate("booking")
    isolate("public_change", grants="SELECT, INSERT")


def _medicine_sessions() -> None:
    op.create_table(
        "medicine_session",
        sa.Column("id", sa.Uuid, primary_key=True),
        _practice(),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("taking_ids", _IDS, nullable=False),
        sa.Column("attending_ids", _IDS, nullable=False),
        sa.Column("practitioner_ids", _IDS, nullable=False),
        sa.Column("room_id", sa.Uuid, nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("frees_at", _MOMENT),
        sa.Column("started_at", _MOMENT),
        sa.Column("started_by", sa.Uuid),
        sa.Column("facts_confirmed_by", sa.Uuid),
        sa.Column("facts_confirmed_at", _MOMENT),
        sa.Column("is_stopped", sa.Boolean, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
    op.create_index("medicine_session_starts_at", "medicine_session", ["practice_id", "starts_at"])
    op.create_index("medicine_session_couple", "medicine_session", ["practice_id", "couple_id"])
    op.create_table(
        "transport_plan",
        _practice(),
        sa.Column("session_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("recorded_by", sa.Uuid, nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "session_id", "person_id"),
    )
    op.create_table(
        "consent",
        _practice(),
        sa.Column("session_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("text_version", sa.Text),
        sa.PrimaryKeyConstraint("practice_id", "session_id", "person_id"),
    )
    op.create_table(
        "consent_act",
        sa.Column("id", sa.Uuid, primary_key=True),
        _practice(),
        sa.Column("session_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("text_version", sa.Text),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("consent_act_session", "consent_act", ["practice_id", "session_id", "person_id"])
    isolate("medicine_session", "transport_plan", "consent")
    isolate("consent_act", grants="SELECT, INSERT")


def _care() -> None:
    op.create_table(
        "enquiry",
        _practice(),
        sa.Column("enquiry_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "enquiry_id"),
    )
    op.create_table(
        "couple",
        _practice(),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("partner_ids", _IDS, nullable=False),
        sa.Column("practitioner_ids", _IDS, nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "couple_id"),
    )
    op.create_table(
        "readiness_decision",
        _practice(),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("expires_at", _MOMENT),
        sa.PrimaryKeyConstraint("practice_id", "couple_id", "person_id"),
    )
    op.create_table(
        "preparation_done",
        _practice(),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "couple_id", "person_id"),
    )
    op.create_table(
        "check_in",
        _practice(),
        sa.Column("check_in_id", sa.Uuid, nullable=False),
        sa.Column("couple_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("day", sa.SmallInteger, nullable=False),
        sa.Column("is_clear", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "check_in_id"),
    )
    isolate("enquiry", "couple", "readiness_decision", "preparation_done", "check_in")


def _practice() -> sa.Column[Any]:
    return sa.Column("practice_id", sa.Uuid, nullable=False, server_default=_PRACTICE)
