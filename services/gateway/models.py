"""Gateway's tables."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from shared.db.columns import OfPractice, Rows, contact, plumbing, public
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


class Account(OfPractice, Base):
    """A person's login in a practice. Partners share none."""

    __tablename__ = "account"

    person_id: Mapped[UUID] = plumbing(primary_key=True, default=shown_id)
    display_name: Mapped[str | None] = contact()  # of a partner: unknown until intake has told it
    roles: Mapped[list[str]] = plumbing()
    joined_at: Mapped[datetime] = plumbing()  # real time
    contact_id: Mapped[UUID | None] = plumbing(default=None)  # of staff: where their address lies in notify


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
