"""First tables of notify."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from shared.db.migrations import create_plumbing, isolate

revision = "0001"
down_revision = None

_PRACTICE = sa.text("nullif(current_setting('app.practice', true), '')::uuid")
_MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    create_plumbing()
    _people()
    _facts()
    _messages()
    isolate(
        "contact_point", "preference", "sender", "member", "couple", "appointment", "check_in",
        "notice", "delivery", "alert",
    )  # fmt: skip


def _people() -> None:
    op.create_table(
        "contact_point",
        _id("id", primary_key=True),
        _practice(),
        _of("address", sa.LargeBinary),
        _of("channel", sa.Text),
        _maybe("person_id", sa.Uuid),
        _maybe("enquiry_id", sa.Uuid),
        _of("is_safe", sa.Boolean),
        _of("created_at", _MOMENT),
        _maybe("claimed_at", _MOMENT),
    )
    op.create_index("contact_point_person", "contact_point", ["practice_id", "person_id"])
    op.create_index("contact_point_enquiry", "contact_point", ["practice_id", "enquiry_id"])
    op.create_table(
        "preference",
        _practice(),
        _id("person_id"),
        _of("language", sa.Text),
        _maybe("quiet_from", sa.Time),
        _maybe("quiet_until", sa.Time),
        _of("zone", sa.Text),
        _of("version", sa.BigInteger),
        sa.PrimaryKeyConstraint("practice_id", "person_id"),
        sa.CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="preference_quiet_whole"),
    )
    op.create_table(
        "sender",
        _id("id", primary_key=True),
        _practice(),
        _of("display_name", sa.Text),
        _of("version", sa.BigInteger),
        sa.UniqueConstraint("practice_id"),
    )
    op.create_table(
        "member",
        _practice(),
        _id("person_id"),
        _of("roles", ARRAY(sa.Text)),
        sa.PrimaryKeyConstraint("practice_id", "person_id"),
    )


def _facts() -> None:
    op.create_table(
        "couple",
        _practice(),
        _id("couple_id"),
        _maybe("partner_ids", ARRAY(sa.Uuid)),
        _maybe("practitioner_ids", ARRAY(sa.Uuid)),
        sa.PrimaryKeyConstraint("practice_id", "couple_id"),
    )
    op.create_table(
        "appointment",
        _practice(),
        _id("session_id"),
        _of("kind", sa.Text),
        _of("state", sa.Text),
        _maybe("couple_id", sa.Uuid),
        _maybe("enquiry_id", sa.Uuid),
        _of("partner_ids", ARRAY(sa.Uuid)),
        _of("practitioner_ids", ARRAY(sa.Uuid)),
        _maybe("starts_at", _MOMENT),
        _maybe("released_at", _MOMENT),
        _maybe("told_state", sa.Text),
        sa.Column("told_count", sa.BigInteger, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("practice_id", "session_id"),
    )
    op.create_table(
        "check_in",
        _practice(),
        _id("check_in_id"),
        _id("person_id"),
        sa.Column("is_answered", sa.Boolean, nullable=False, server_default="false"),
        sa.PrimaryKeyConstraint("practice_id", "check_in_id"),
    )


def _messages() -> None:
    op.create_table(
        "notice",
        _id("id", primary_key=True),
        _practice(),
        _of("occasion", sa.Text),
        _of("occurrence", sa.Text),
        _id("about_id"),
        _maybe("couple_id", sa.Uuid),
        _maybe("person_id", sa.Uuid),
        _maybe("audience", sa.Text),
        _maybe("occasion_at", _MOMENT),
        _of("created_at", _MOMENT),
        _maybe("told_at", _MOMENT),
        sa.UniqueConstraint("practice_id", "occasion", "occurrence"),
    )
    op.create_index("notice_about", "notice", ["practice_id", "about_id"])
    op.create_table(
        "delivery",
        _id("id", primary_key=True),
        _practice(),
        _id("notice_id"),
        _id("recipient_id"),
        _maybe("person_id", sa.Uuid),
        _maybe("contact_id", sa.Uuid),
        _of("occasion", sa.Text),
        _of("occurrence", sa.Text),
        _maybe("occasion_at", _MOMENT),
        _of("channel", sa.Text),
        _of("state", sa.Text),
        _of("attempts", sa.BigInteger),
        _maybe("link", sa.LargeBinary),
        _of("is_read", sa.Boolean),
        _of("created_at", _MOMENT),
        _of("changed_at", _MOMENT),
        sa.UniqueConstraint("practice_id", "recipient_id", "occasion", "occurrence", "channel"),
    )
    op.create_index("delivery_inbox", "delivery", ["practice_id", "person_id", "created_at", "id"])
    op.create_index("delivery_changed_at", "delivery", ["practice_id", "changed_at", "id"])
    op.create_index("delivery_notice", "delivery", ["practice_id", "notice_id"])
    op.create_table(
        "alert",
        _id("id", primary_key=True),
        _practice(),
        _of("kind", sa.Text),
        _id("source_id"),
        _id("couple_id"),
        _id("person_id"),
        _of("also_ids", ARRAY(sa.Uuid)),
        _of("step", sa.BigInteger),
        _of("rank", sa.BigInteger),
        _of("state", sa.Text),
        _of("raised_at", _MOMENT),
        _maybe("acknowledged_by", sa.Uuid),
        _maybe("acknowledged_at", _MOMENT),
        sa.UniqueConstraint("practice_id", "kind", "source_id"),
    )
    op.create_index("alert_raised_at", "alert", ["practice_id", "raised_at", "id"])


def _practice() -> sa.Column[Any]:
    return sa.Column("practice_id", sa.Uuid, nullable=False, server_default=_PRACTICE)


def _id(name: str, **kw: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid, nullable=False, **kw)


def _of(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _maybe(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)
