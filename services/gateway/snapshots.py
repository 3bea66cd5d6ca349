"""What gateway states again of its own, for a reader whose projections are rebuilt."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, and_, select
from sqlalchemy.orm import Session

from services.gateway.models import Account, Invitation, PracticeProfile
from shared.db.plumbing import practice
from shared.db.practice import current_practice
from shared.db.tenancy import practice_of
from shared.events.base import Zone
from shared.events.gateway import (
    InvitationAccepted,
    PartnerInvited,
    PracticeClockMoved,
    PracticeCreated,
    StaffJoined,
    StaffLeft,
    StaffRole,
)
from shared.ids import NIL
from shared.path.snapshots import Dated, Snapshot, Snapshots
from shared.web.actor import PARTNER


def snapshot_practice_created(db: Session, _: Sequence[PracticeProfile]) -> Iterable[PracticeCreated]:
    """The practice: before everything else, for what else there is belongs to it."""
    row = _locked_practice(db)
    yield PracticeCreated(zone=Zone(row.zone), is_demo=row.is_demo)


def snapshot_practice_clock_moved(db: Session, _: Sequence[PracticeProfile]) -> Iterable[PracticeClockMoved]:
    """Where a demo practice's clock stands. No other's is ever moved."""
    row = _locked_practice(db)
    if row.is_demo:
        yield PracticeClockMoved(offset_s=row.clock_offset_s)


def snapshot_staff_joined(_: Session, accounts: Sequence[Account]) -> Iterable[Dated]:
    """Who works here. Of those who joined before their contact point was kept, it is not said: it is nobody's."""
    for one in accounts:
        fact = StaffJoined(
            person_id=one.person_id,
            roles=tuple(StaffRole(role) for role in one.roles),
            contact_id=one.contact_id or NIL,
        )
        yield Dated(fact, one.joined_at)


def snapshot_staff_left(_: Session, accounts: Sequence[Account]) -> Iterable[StaffLeft]:
    """Who works here no more. Nothing else is said of them: that they joined is over."""
    for one in accounts:
        yield StaffLeft(person_id=one.person_id)


def snapshot_partner_invited(db: Session, invitations: Sequence[Invitation]) -> Iterable[Dated]:
    """Each contact point that an invitation went to, and when: the newest one that is safe is written to.

    A demo's real times are not known any more: these are too early, but in their order.
    """
    ahead = timedelta(seconds=current_practice(db).clock_offset_s)
    for one in invitations:
        fact = PartnerInvited(couple_id=one.couple_id, person_id=one.person_id, contact_id=one.contact_id)
        yield Dated(fact, one.invited_at - ahead)


def snapshot_invitation_accepted(
    _: Session, invitations: Sequence[Invitation]
) -> Iterable[InvitationAccepted]:
    """Each contact point whose owner has used what came there. After all invitations: a claim comes first."""
    for one in invitations:
        yield InvitationAccepted(couple_id=one.couple_id, person_id=one.person_id, contact_id=one.contact_id)


def _locked_practice(db: Session) -> Row[Any]:
    """Zone and clock stand in the plumbing's row, which a command that moves the clock locks."""
    statement = select(practice).where(practice.c.practice_id == practice_of(db))
    return db.execute(statement.with_for_update(read=True, nowait=True)).one()


SNAPSHOTS: Snapshots = {
    PracticeCreated: Snapshot(PracticeProfile.id, snapshot_practice_created),
    PracticeClockMoved: Snapshot(PracticeProfile.id, snapshot_practice_clock_moved),
    StaffJoined: Snapshot(
        Account.person_id,
        snapshot_staff_joined,
        only=and_(~Account.roles.contains([PARTNER]), Account.closed_at.is_(None)),
    ),
    StaffLeft: Snapshot(Account.person_id, snapshot_staff_left, only=Account.closed_at.is_not(None)),
    PartnerInvited: Snapshot(Invitation.id, snapshot_partner_invited),
    InvitationAccepted: Snapshot(
        Invitation.id, snapshot_invitation_accepted, only=Invitation.accepted_at.is_not(None)
    ),
}
