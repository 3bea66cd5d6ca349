"""Gateway's tables."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from shared.db.columns import OfPractice, Rows, clinical, contact, plumbing, public
from shared.db.private import Private
from shared.ids import new_id, shown_id


class Base(Rows):
    """Gateway's own metadata."""

    __abstract__ = True


class PracticeDirectory(OfPractice, Base):
    """Which practice a slug names: the one table of the platform that is read without a practice set.

    A practice can't be set before the slug has been looked up. So it holds nothing that the practice's public
    pages don't tell anybody (the slug, and whether it is a demo), is written only for the practice set, never
    changed, and everything else about a practice stays behind its wall (`PracticeProfile`).
    """

    __tablename__ = "practice_directory"

    slug: Mapped[str] = public(primary_key=True)
    is_demo: Mapped[bool] = plumbing()


class PracticeProfile(OfPractice, Base):
    """A practice's name and address. Zone and clock are in the plumbing's `practice`."""

    __tablename__ = "practice_profile"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    name: Mapped[str] = public()
    slug: Mapped[str] = public()
    is_password_allowed: Mapped[bool] = plumbing(default=False)  # for partners; staff never
    colour: Mapped[str | None] = public(default=None)  # #rrggbb, of its public pages; None: Attune's own


class Account(OfPractice, Base):
    """A person's login in a practice. Partners share none."""

    __tablename__ = "account"

    person_id: Mapped[UUID] = plumbing(primary_key=True, default=shown_id)
    display_name: Mapped[str | None] = contact()  # of a partner: unknown until intake has told it
    roles: Mapped[list[str]] = plumbing()
    joined_at: Mapped[datetime] = plumbing()  # real time
    contact_id: Mapped[UUID | None] = plumbing(default=None)  # of staff: where their address lies in notify
    address_hash: Mapped[bytes | None] = contact(default=None)  # keyed: the address they sign in with, if any
    closed_at: Mapped[datetime | None] = plumbing(default=None)  # they left: nothing signs in any more


class SignIn(OfPractice, Base):
    """A browser's or program's sign-in, in real time. Its token is derived from its id; only a hash is kept."""

    __tablename__ = "sign_in"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = plumbing()
    token_hash: Mapped[bytes] = plumbing()
    started_at: Mapped[datetime] = plumbing()
    seen_at: Mapped[datetime] = plumbing()
    ends_at: Mapped[datetime] = plumbing()
    ended_at: Mapped[datetime | None] = plumbing()
    proved_at: Mapped[datetime] = plumbing()  # when a means of sign-in was last shown
    proved_by: Mapped[str] = plumbing()  # which: a domain.ProvedBy
    device: Mapped[str | None] = contact(default=None)  # "Firefox, Windows": what the browser says it is
    is_setting_up: Mapped[bool] = plumbing(default=False)  # it may only set up a first means of sign-in


class Passkey(OfPractice, Base):
    """A WebAuthn credential of one person."""

    __tablename__ = "passkey"

    id: Mapped[UUID] = plumbing(primary_key=True, default=shown_id)
    person_id: Mapped[UUID] = plumbing()
    credential_id: Mapped[bytes] = plumbing()
    public_key: Mapped[bytes] = plumbing()  # COSE
    sign_count: Mapped[int] = plumbing()
    name: Mapped[str] = contact()
    added_at: Mapped[datetime] = plumbing()
    used_at: Mapped[datetime | None] = plumbing(default=None)


class OneTimePassword(Private, Base):
    """A TOTP secret (RFC 6238), one for each person at most; it counts once a first code was right."""

    __tablename__ = "one_time_password"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = plumbing()
    secret: Mapped[bytes] = clinical(key_class="contact")
    last_step: Mapped[int] = plumbing(default=0)  # of 30 s: neither it nor an earlier one is taken again
    made_at: Mapped[datetime] = plumbing()
    confirmed_at: Mapped[datetime | None] = plumbing(default=None)


class RecoveryCode(OfPractice, Base):
    """One of ten codes that each stand in once for a one-time password. Only a keyed hash is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = plumbing()
    code_hash: Mapped[bytes] = plumbing()
    used_at: Mapped[datetime | None] = plumbing(default=None)


class Password(OfPractice, Base):
    """A partner's password, as argon2id leaves it."""

    __tablename__ = "password"

    person_id: Mapped[UUID] = plumbing(primary_key=True)
    argon2: Mapped[str] = plumbing()
    set_at: Mapped[datetime] = plumbing()


class OidcProvider(Private, Base):
    """Where a practice's staff sign in elsewhere: one for each practice."""

    __tablename__ = "oidc_provider"
    OWNED_BY = "practice_id"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    issuer: Mapped[str] = public()
    client_id: Mapped[str] = public()
    client_secret: Mapped[bytes] = clinical(key_class="contact")
    roles: Mapped[list[str]] = plumbing()
    set_at: Mapped[datetime] = plumbing()


class OidcIdentity(OfPractice, Base):
    """Who a member of staff is at the practice's provider."""

    __tablename__ = "oidc_identity"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = plumbing()
    issuer: Mapped[str] = public()
    subject: Mapped[str] = contact()
    linked_at: Mapped[datetime] = plumbing()


class Challenge(OfPractice, Base):
    """What a ceremony must answer, once and soon: a passkey's, or a round trip to an OpenID provider."""

    __tablename__ = "challenge"

    id: Mapped[UUID] = plumbing(primary_key=True, default=shown_id)
    purpose: Mapped[str] = plumbing()
    secret: Mapped[bytes] = plumbing()
    person_id: Mapped[UUID | None] = plumbing(default=None)  # whose, where somebody is signed in
    expires_at: Mapped[datetime] = plumbing()


class Tries(OfPractice, Base):
    """How often signing in was tried without success: per account and known device, or address, and account alone."""

    __tablename__ = "tries"

    subject_hash: Mapped[bytes] = contact(primary_key=True)  # keyed: which account, there or not
    address_hash: Mapped[bytes] = contact(
        primary_key=True
    )  # keyed: from which address or device; empty: anywhere
    count: Mapped[int] = plumbing()
    next_at: Mapped[datetime] = plumbing()
    tried_at: Mapped[datetime] = plumbing()
    came_in_at: Mapped[datetime | None] = plumbing(default=None)  # of a device: the owner signed in from it


class PersonalLink(OfPractice, Base):
    """A link that lets one member of staff set up how they sign in; real time."""

    __tablename__ = "personal_link"

    id: Mapped[UUID] = plumbing(primary_key=True, default=shown_id)
    person_id: Mapped[UUID] = plumbing()
    contact_id: Mapped[UUID] = plumbing()
    made_by: Mapped[UUID] = plumbing()
    token_hash: Mapped[bytes] = plumbing()
    made_at: Mapped[datetime] = plumbing()
    expires_at: Mapped[datetime] = plumbing()
    used_at: Mapped[datetime | None] = plumbing(default=None)
    replaced_at: Mapped[datetime | None] = plumbing(default=None)
    is_message_sent: Mapped[bool] = plumbing(default=False)


class Recovery(OfPractice, Base):
    """Somebody lost their way in: asked on a device, confirmed in person, finished on that device; real time."""

    __tablename__ = "recovery"

    id: Mapped[UUID] = plumbing(primary_key=True, default=shown_id)
    device_hash: Mapped[bytes] = plumbing()  # of what the asking device keeps
    code_hash: Mapped[bytes] = plumbing()  # keyed: of what is read out to the practitioner
    asked_at: Mapped[datetime] = plumbing()
    expires_at: Mapped[datetime] = plumbing()
    person_id: Mapped[UUID | None] = plumbing(default=None)  # known once confirmed
    confirmed_by: Mapped[UUID | None] = plumbing(default=None)
    confirmed_at: Mapped[datetime | None] = plumbing(default=None)
    contact_id: Mapped[UUID | None] = plumbing(default=None)
    link_hash: Mapped[bytes | None] = plumbing(default=None)
    finished_at: Mapped[datetime | None] = plumbing(default=None)
    is_message_sent: Mapped[bool] = plumbing(default=False)


class Partner(OfPractice, Base):
    """Projection of CoupleRegistered: the people who may be invited."""

    __tablename__ = "partner"

    person_id: Mapped[UUID] = plumbing(primary_key=True)
    couple_id: Mapped[UUID] = plumbing()


class CareTeamMember(OfPractice, Base):
    """Projection of CareTeamChanged: who treats a couple, and may invite its partners."""

    __tablename__ = "care_team_member"

    couple_id: Mapped[UUID] = plumbing(primary_key=True)
    practitioner_id: Mapped[UUID] = plumbing(primary_key=True)


class Invitation(OfPractice, Base):
    """One link, sent to one partner's own contact point; times are the practice's."""

    __tablename__ = "invitation"

    id: Mapped[UUID] = plumbing(primary_key=True, default=shown_id)
    couple_id: Mapped[UUID] = plumbing()
    person_id: Mapped[UUID] = plumbing()
    contact_id: Mapped[UUID] = plumbing()
    address_hash: Mapped[bytes] = contact()  # keyed; comparable within the couple only
    invited_by: Mapped[UUID] = plumbing()
    token_hash: Mapped[bytes] = plumbing()
    invited_at: Mapped[datetime] = plumbing()
    expires_at: Mapped[datetime] = plumbing()
    accepted_at: Mapped[datetime | None] = plumbing()
    replaced_at: Mapped[datetime | None] = plumbing()
    is_message_sent: Mapped[bool] = plumbing(default=False)  # notify has taken the message with the link


class ApiKey(OfPractice, Base):
    """A key by which a practice's own programs use the API: as its front desk, within scopes. Times are real."""

    __tablename__ = "api_key"

    id: Mapped[UUID] = plumbing(primary_key=True, default=shown_id)
    name: Mapped[str] = contact()
    prefix: Mapped[str] = plumbing()  # how its secret begins: to be recognised by
    scopes: Mapped[list[str]] = plumbing()
    token_hash: Mapped[bytes] = plumbing()
    made_by: Mapped[UUID] = plumbing()
    made_at: Mapped[datetime] = plumbing()
    expires_at: Mapped[datetime] = plumbing()
    used_at: Mapped[datetime | None] = plumbing(default=None)  # to the hour
    revoked_at: Mapped[datetime | None] = plumbing(default=None)
    revoked_by: Mapped[UUID | None] = plumbing(default=None)


class OperatorSignIn(OfPractice, Base):
    """An operator's browser, in real time. Of no practice: its practice is the nil id, which no person's can be."""

    __tablename__ = "operator_sign_in"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    by: Mapped[str] = contact()  # who they say they are: written down with what they do
    token_hash: Mapped[bytes] = plumbing()
    started_at: Mapped[datetime] = plumbing()
    seen_at: Mapped[datetime] = plumbing()
    ends_at: Mapped[datetime] = plumbing()
    ended_at: Mapped[datetime | None] = plumbing(default=None)
