"""Views for reading: what a practice, a person, a sign-in and an invitation look like from outside."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from services.gateway import colours, domain
from services.gateway.models import (
    Account,
    CareTeamMember,
    Invitation,
    OidcIdentity,
    OidcProvider,
    OneTimePassword,
    Partner,
    Passkey,
    Password,
    PersonalLink,
    PracticeDirectory,
    PracticeProfile,
    Recovery,
    RecoveryCode,
    SignIn,
)
from services.gateway.tokens import RECOVERY_DEVICE, RECOVERY_IN_PERSON, SIGN_IN, Tokens
from shared.db.practice import current_practice, practice_now
from shared.db.tenancy import practice_of, set_practice
from shared.errors import NotFound
from shared.name_order import place_of_name
from shared.web.actor import CLINICIANS, DESK, PARTNER, STAFF, Actor


def practice_id_of(db: Session, slug: str) -> UUID | None:
    """The practice that a slug names; readable without a practice set."""
    return db.scalar(select(PracticeDirectory.practice_id).where(PracticeDirectory.slug == slug))


def is_practice(db: Session, practice_id: UUID) -> bool:
    """Whether there is such a practice; readable without a practice set."""
    known = select(PracticeDirectory.slug).where(PracticeDirectory.practice_id == practice_id)
    return db.scalar(known) is not None


def first_demo(db: Session) -> str | None:
    """The slug of the oldest demo practice: ids of practices are ordered by time."""
    oldest = select(PracticeDirectory.slug).where(PracticeDirectory.is_demo)
    return db.scalar(oldest.order_by(PracticeDirectory.practice_id).limit(1))


def the_only_practice(db: Session) -> UUID | None:
    """The practice of a platform that has one alone; readable without a practice set."""
    some = db.scalars(select(PracticeDirectory.practice_id).limit(2)).all()
    return some[0] if len(some) == 1 else None


def practice_view(db: Session, practice_id: UUID) -> dict[str, Any]:
    """A practice; the transaction is moved into it."""
    set_practice(db, practice_id)
    profile = db.scalars(select(PracticeProfile)).one_or_none()
    if profile is None:
        raise NotFound
    known = current_practice(db)
    return {
        "practice_id": practice_id,
        "name": profile.name,
        "slug": profile.slug,
        "zone": known.zone,
        "is_demo": known.is_demo,
    }


def clock_view(db: Session, _: UUID | None = None) -> dict[str, Any]:
    """The practice's clock as its owner knows it."""
    return {"offset_s": current_practice(db).clock_offset_s, "now": practice_now(db)}


def account(db: Session, person_id: UUID) -> Account:
    """Raises NotFound for a person without a login here."""
    found = db.get(Account, person_id)
    if found is None:
        raise NotFound
    return found


def find_account(db: Session, person_id: UUID) -> Account | None:
    """A person's account, if there is one (an operator has none)."""
    return db.get(Account, person_id)


def staff(db: Session) -> list[Account]:
    """Everybody who works for the practice, by name."""
    return [one for one in people(db) if STAFF & set(one.roles)]


def people(db: Session) -> list[Account]:
    """Everybody with a login in this practice, by name; without one yet, last."""
    here = select(Account).where(Account.closed_at.is_(None))
    return sorted(
        db.scalars(here.order_by(Account.person_id)), key=lambda one: place_of_name(one.display_name)
    )


def sign_in_view(db: Session, sign_in_id: UUID, *, tokens: Tokens, at: datetime) -> dict[str, Any]:
    """A sign-in with its token. Raises NotFound once it is over: a repeated request opens nothing again."""
    row = db.get(SignIn, sign_in_id)
    if row is None or not domain.is_sign_in_live(
        seen_at=row.seen_at, ends_at=row.ends_at, ended_at=row.ended_at, now=at
    ):
        raise NotFound
    practice_id = practice_of(db)
    return {
        "token": tokens.make(SIGN_IN, practice_id, sign_in_id),
        "practice_id": practice_id,
        "person_id": row.person_id,
        "roles": account(db, row.person_id).roles,
        "expires_at": row.ends_at,
    }


def invitation_view(db: Session, invitation_id: UUID, *, now: datetime) -> dict[str, Any]:
    """An invitation without its link, which only the message holds. Raises NotFound."""
    row = db.get(Invitation, invitation_id)
    if row is None:
        raise NotFound
    return as_view(row, now=now)


def open_invitations(now: datetime) -> Select[Any]:
    """Those that can still be taken up: whether their message was sent is for staff to see."""
    return select(Invitation).where(
        Invitation.accepted_at.is_(None), Invitation.replaced_at.is_(None), Invitation.expires_at > now
    )


def may_invite(db: Session, actor: Actor, person_id: UUID) -> bool:
    """Whether the actor may invite this partner: any of the desk, or a clinician who treats them. One statement."""
    known = select(Partner.person_id).where(Partner.person_id == person_id)
    if not actor.roles & DESK:
        known = known.join(CareTeamMember, CareTeamMember.couple_id == Partner.couple_id).where(
            CareTeamMember.practitioner_id == actor.person_id
        )
    return db.scalar(known) is not None


def as_view(row: Invitation, *, now: datetime) -> dict[str, Any]:
    """An invitation as staff see it at the practice's `now`."""
    state = domain.invitation_state(
        expires_at=row.expires_at, accepted_at=row.accepted_at, replaced_at=row.replaced_at, now=now
    )
    return {
        "invitation_id": row.id,
        "person_id": row.person_id,
        "contact_id": row.contact_id,
        "expires_at": row.expires_at,
        "state": state.value,
        "is_message_sent": row.is_message_sent,
    }


def means_view(
    db: Session, person_id: UUID, *, tokens: Tokens, at: datetime, renewed_id: UUID | None = None
) -> dict[str, Any]:
    """How a person signs in, without any secret; with the sign-in that took the place of theirs, if one just did."""
    keys = db.scalars(select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.added_at))
    code = select(OneTimePassword.id).where(
        OneTimePassword.person_id == person_id, OneTimePassword.confirmed_at.is_not(None)
    )
    left = select(func.count()).where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    mine = account(db, person_id)
    provider = db.scalars(select(OidcProvider)).one_or_none()
    is_partner = list(mine.roles) == [PARTNER]
    allowed = bool(db.scalar(select(PracticeProfile.is_password_allowed)))
    return {
        "passkeys": [
            {"passkey_id": one.id, "name": one.name, "added_at": one.added_at, "used_at": one.used_at}
            for one in keys
        ],
        "has_one_time_password": db.scalar(code) is not None,
        "recovery_codes_left": db.scalar(left) or 0,
        "has_password": db.get(Password, person_id) is not None,
        "has_openid": db.scalar(select(OidcIdentity.id).where(OidcIdentity.person_id == person_id))
        is not None,
        "may_have_one_time_password": is_partner,
        "may_have_password": is_partner and allowed,
        "may_have_openid": provider is not None and bool(set(mine.roles) & set(provider.roles)),
        "sign_in": renewed_id and sign_in_view(db, renewed_id, tokens=tokens, at=at),
    }


def sign_ins_view(db: Session, person_id: UUID, *, this: UUID, at: datetime) -> list[dict[str, Any]]:
    """A person's sign-ins that still count, the one last used first. When it was is told to the minute."""
    mine = select(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None), SignIn.ends_at > at)
    return [
        {
            "sign_in_id": one.id,
            "device": one.device,
            "started_at": one.started_at.replace(second=0, microsecond=0),
            "seen_at": one.seen_at.replace(second=0, microsecond=0),
            "is_this_one": one.id == this,
        }
        for one in db.scalars(mine.order_by(SignIn.seen_at.desc(), SignIn.id))
        if domain.is_sign_in_live(seen_at=one.seen_at, ends_at=one.ends_at, ended_at=None, now=at)
    ]


def look(db: Session, _: UUID | None = None) -> dict[str, Any]:
    """The colour that the practice chose and the shades of it that its public pages wear; None: Attune's own."""
    colour = db.scalar(select(PracticeProfile.colour))
    shades = {"light": colour and colours.light(colour), "dark": colour and colours.dark(colour)}
    return {"colour": colour, **shades}


def sign_in_settings(db: Session, _: UUID | None = None) -> dict[str, Any]:
    """How people may sign in to this practice; the provider's secret is never told."""
    provider = db.scalars(select(OidcProvider)).one_or_none()
    shown = provider and {
        "issuer": provider.issuer, "client_id": provider.client_id, "roles": provider.roles,
    }  # fmt: skip
    allowed = bool(db.scalar(select(PracticeProfile.is_password_allowed)))
    return {"is_password_allowed": allowed, "openid_provider": shown}


def is_staff_link(db: Session, token_hash: bytes) -> bool:
    """Whether this is a link that was made for a member of staff."""
    return db.scalar(select(PersonalLink.id).where(PersonalLink.token_hash == token_hash)) is not None


def personal_link_view(db: Session, link_id: UUID) -> dict[str, Any]:
    """A link for a member of staff, without its token. Raises NotFound."""
    row = db.get(PersonalLink, link_id, populate_existing=True)
    if row is None:
        raise NotFound
    return {
        "link_id": row.id,
        "person_id": row.person_id,
        "contact_id": row.contact_id,
        "expires_at": row.expires_at,
        "is_message_sent": row.is_message_sent,
    }


def asked_recovery_view(db: Session, recovery_id: UUID, *, tokens: Tokens) -> dict[str, Any]:
    """What the asking device keeps and shows. Raises NotFound."""
    row = db.get(Recovery, recovery_id)
    if row is None:
        raise NotFound
    practice_id = practice_of(db)
    return {
        "recovery_id": row.id,
        "device_token": tokens.make(RECOVERY_DEVICE, practice_id, row.id),
        "code": tokens.code(RECOVERY_IN_PERSON, practice_id, row.id),
        "expires_at": row.expires_at,
    }


def confirmed_recovery_view(db: Session, recovery_id: UUID) -> dict[str, Any]:
    """A recovery as whoever confirmed it sees it. Raises NotFound."""
    row = db.get(Recovery, recovery_id, populate_existing=True)
    if row is None:
        raise NotFound
    return {
        "recovery_id": row.id,
        "person_id": row.person_id,
        "contact_id": row.contact_id,
        "expires_at": row.expires_at,
        "is_message_sent": row.is_message_sent,
    }


def may_confirm_recovery(db: Session, actor: Actor, person_id: UUID) -> bool:
    """Whether the actor may say that they have this person before them: who treats them; of staff, an admin.

    One statement, whoever it is and whether they are there: how much was asked must not tell.
    """
    treats = and_(
        CareTeamMember.couple_id == Partner.couple_id, CareTeamMember.practitioner_id == actor.person_id
    )
    found = db.execute(
        select(Account.roles, CareTeamMember.practitioner_id)
        .outerjoin(Partner, Partner.person_id == Account.person_id)
        .outerjoin(CareTeamMember, treats)
        .where(Account.person_id == person_id, Account.closed_at.is_(None))
    ).one_or_none()
    if found is None:
        return False
    if STAFF & set(found.roles):
        return "practice_admin" in actor.roles
    return found.practitioner_id is not None and bool(actor.roles & CLINICIANS)
