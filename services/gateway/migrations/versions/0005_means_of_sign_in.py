"""Means of sign-in: passkeys, one-time passwords, passwords, OpenID, and what guards and restores them."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import isolate

revision = "0005"
down_revision = "0004"

_PRACTICE = sa.text("nullif(current_setting('app.practice', true), '')::uuid")
_MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    _accounts()
    _means()
    _openid()
    _guards()
    _recovery()


def _accounts() -> None:
    op.add_column(
        "practice_profile",
        sa.Column("is_password_allowed", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.add_column("account", sa.Column("address_hash", sa.LargeBinary))
    op.add_column("account", sa.Column("closed_at", _MOMENT))
    # An address signs one person in: never both of a couple.
    op.execute(
        "CREATE UNIQUE INDEX account_address ON account (practice_id, address_hash) WHERE closed_at IS NULL"
    )
    # Sign-ins from before were all of demos, or of an invitation: none was proved.
    op.add_column(
        "sign_in", sa.Column("proved_at", _MOMENT, nullable=False, server_default=sa.text("'epoch'"))
    )
    op.add_column("sign_in", sa.Column("proved_by", sa.Text, nullable=False, server_default="demo"))
    op.add_column("sign_in", sa.Column("device", sa.Text))
    op.add_column(
        "sign_in", sa.Column("is_setting_up", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.create_index("sign_in_person_id", "sign_in", ["practice_id", "person_id"])


def _means() -> None:
    _table(
        "passkey",
        _id(),
        _person(),
        _bytes("credential_id"),
        _bytes("public_key"),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        _moment("added_at"),
        sa.Column("used_at", _MOMENT),
        sa.UniqueConstraint("practice_id", "credential_id"),
    )
    op.create_index("passkey_person_id", "passkey", ["practice_id", "person_id"])
    _table(
        "one_time_password",
        _id(),
        _person(),
        _bytes("secret"),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        _moment("made_at"),
        sa.Column("confirmed_at", _MOMENT),
        sa.UniqueConstraint("practice_id", "person_id"),
    )
    _table(
        "recovery_code",
        _id(),
        _person(),
        _bytes("code_hash"),
        sa.Column("used_at", _MOMENT),
        sa.UniqueConstraint("practice_id", "person_id", "code_hash"),
    )
    _table(
        "password",
        _person(),
        sa.Column("argon2", sa.Text, nullable=False),
        _moment("set_at"),
        sa.PrimaryKeyConstraint("practice_id", "person_id"),
    )


def _openid() -> None:
    _table(
        "oidc_provider",
        _id(),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        _bytes("client_secret"),
        sa.Column("roles", sa.ARRAY(sa.Text), nullable=False),
        _moment("set_at"),
        sa.UniqueConstraint("practice_id"),
    )
    _table(
        "oidc_identity",
        _id(),
        _person(),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        _moment("linked_at"),
        sa.UniqueConstraint("practice_id", "issuer", "subject"),
        sa.UniqueConstraint("practice_id", "person_id"),
    )


def _guards() -> None:
    _table(
        "challenge",
        _id(),
        sa.Column("purpose", sa.Text, nullable=False),
        _bytes("secret"),
        sa.Column("person_id", sa.Uuid),
        _moment("expires_at"),
    )
    op.create_index("challenge_expires_at", "challenge", ["practice_id", "expires_at"])
    _table(
        "tries",
        _bytes("subject_hash"),
        _bytes("address_hash"),
        sa.Column("count", sa.BigInteger, nullable=False),
        _moment("next_at"),
        _moment("tried_at"),
        sa.Column("came_in_at", _MOMENT),
        sa.PrimaryKeyConstraint("practice_id", "subject_hash", "address_hash"),
    )
    op.create_index("tries_tried_at", "tries", ["practice_id", "tried_at"])


def _recovery() -> None:
    _table(
        "personal_link",
        _id(),
        _person(),
        sa.Column("contact_id", sa.Uuid, nullable=False),
        sa.Column("made_by", sa.Uuid, nullable=False),
        _bytes("token_hash"),
        _moment("made_at"),
        _moment("expires_at"),
        sa.Column("used_at", _MOMENT),
        sa.Column("replaced_at", _MOMENT),
        sa.Column("is_message_sent", sa.Boolean, nullable=False),
        sa.UniqueConstraint("practice_id", "token_hash"),
    )
    op.create_index("personal_link_person_id", "personal_link", ["practice_id", "person_id"])
    _table(
        "recovery",
        _id(),
        _bytes("device_hash"),
        _bytes("code_hash"),
        _moment("asked_at"),
        _moment("expires_at"),
        sa.Column("person_id", sa.Uuid),
        sa.Column("confirmed_by", sa.Uuid),
        sa.Column("confirmed_at", _MOMENT),
        sa.Column("contact_id", sa.Uuid),
        sa.Column("link_hash", sa.LargeBinary),
        sa.Column("finished_at", _MOMENT),
        sa.Column("is_message_sent", sa.Boolean, nullable=False),
        sa.UniqueConstraint("practice_id", "device_hash"),
    )
    op.create_index("recovery_code_hash", "recovery", ["practice_id", "code_hash"])


def _table(name: str, *parts: sa.Column[object] | sa.Constraint) -> None:
    practice_id = sa.Column("practice_id", sa.Uuid, nullable=False, server_default=_PRACTICE)
    op.create_table(name, practice_id, *parts)
    isolate(name)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid, primary_key=True)


def _person() -> sa.Column[object]:
    return sa.Column("person_id", sa.Uuid, nullable=False)


def _bytes(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, _MOMENT, nullable=False)
