"""What intake states again of its own, for a reader whose projections are rebuilt."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from services.intake.models import (
    BreakGlass,
    ConfidentialityChange,
    ConflictMark,
    Couple,
    Enquiry,
    Partner,
    Preparation,
    ReadinessDecision,
    SharedIntentionPart,
)
from shared.confidentiality import ConfidentialityPolicy
from shared.events.intake import (
    BreakGlassOpened,
    CareTeamChanged,
    ConfidentialityPolicyChanged,
    ConflictMarked,
    ConflictMarkLifted,
    CoupleRegistered,
    EnquiryReceived,
    IntentionShared,
    PreparationCompleted,
    Readiness,
    ReadinessDecided,
)
from shared.path.snapshots import Snapshot, Snapshots


def snapshot_enquiry_received(_: Session, enquiries: Sequence[Enquiry]) -> Iterable[EnquiryReceived]:
    """Every enquiry, and where to reach who asked."""
    for one in enquiries:
        yield EnquiryReceived(enquiry_id=one.id, contact_id=one.contact_id)


def snapshot_couple_registered(db: Session, couples: Sequence[Couple]) -> Iterable[CoupleRegistered]:
    """The people of each couple, in the order in which they were named."""
    partners: dict[UUID, list[UUID]] = defaultdict(list)
    of_these = Partner.couple_id.in_([one.id for one in couples])
    for row in db.execute(
        select(Partner.couple_id, Partner.id).where(of_these).order_by(Partner.couple_id, Partner.position)
    ):
        partners[row.couple_id].append(row.id)
    for one in couples:
        yield CoupleRegistered(
            couple_id=one.id, partner_ids=tuple(partners[one.id]), enquiry_id=one.enquiry_id
        )


def snapshot_care_team_changed(_: Session, couples: Sequence[Couple]) -> Iterable[CareTeamChanged]:
    """Who treats each couple now."""
    for one in couples:
        yield CareTeamChanged(couple_id=one.id, practitioner_ids=tuple(one.practitioner_ids))


def snapshot_preparation_completed(db: Session, couples: Sequence[Couple]) -> Iterable[PreparationCompleted]:
    """Whose preparation is done. The couple's row is the lock, as in the command."""
    of_these = Preparation.couple_id.in_([one.id for one in couples])
    for row in db.execute(
        select(Preparation.couple_id, Preparation.person_id, Preparation.completed_at).where(of_these)
    ):
        yield PreparationCompleted(couple_id=row.couple_id, person_id=row.person_id, at=row.completed_at)


def snapshot_readiness_decided(db: Session, couples: Sequence[Couple]) -> Iterable[ReadinessDecided]:
    """The decision that holds of each partner: no earlier one. The couple's row is the lock, as in the command."""
    table = ReadinessDecision
    newest = (
        select(table.id, table.couple_id, table.person_id, table.decision, table.expires_at)
        .where(table.couple_id.in_([one.id for one in couples]))
        .ext(distinct_on(table.person_id))
        .order_by(table.person_id, table.sequence.desc())
    )
    for row in db.execute(newest):
        yield ReadinessDecided(
            couple_id=row.couple_id,
            person_id=row.person_id,
            decision_id=row.id,
            decision=Readiness(row.decision),
            expires_at=row.expires_at,
        )


def snapshot_confidentiality_policy_changed(
    db: Session, couples: Sequence[Couple]
) -> Iterable[ConfidentialityPolicyChanged]:
    """Every change, the oldest first: what was told under an earlier policy stays as it was told."""
    table = ConfidentialityChange
    of_these = (
        select(table.couple_id, table.sequence, table.policy, table.since)
        .where(table.couple_id.in_([one.id for one in couples]))
        .order_by(table.couple_id, table.sequence)
    )
    for row in db.execute(of_these):
        yield ConfidentialityPolicyChanged(
            couple_id=row.couple_id,
            sequence=row.sequence,
            policy=ConfidentialityPolicy(row.policy),
            since=row.since,
        )


def snapshot_break_glass_opened(db: Session, couples: Sequence[Couple]) -> Iterable[BreakGlassOpened]:
    """Accesses outside the care team with the end that holds: of one that ended early, that one."""
    table = BreakGlass
    of_these = (
        select(table.id, table.couple_id, table.person_id, table.practitioner_id, table.expires_at)
        .where(table.couple_id.in_([one.id for one in couples]))
        .order_by(table.couple_id, table.opened_at, table.id)
    )
    for row in db.execute(of_these):
        yield BreakGlassOpened(
            break_glass_id=row.id,
            couple_id=row.couple_id,
            person_id=row.person_id,
            practitioner_id=row.practitioner_id,
            expires_at=row.expires_at,
        )


def snapshot_conflict_marked(db: Session, couples: Sequence[Couple]) -> Iterable[ConflictMarked]:
    """Marks that stand. The couple's row is the lock, as in the command."""
    table = ConflictMark
    of_these = (
        select(table.couple_id, table.practitioner_id, table.marked_at)
        .where(table.couple_id.in_([one.id for one in couples]), table.lifted_at.is_(None))
        .order_by(table.couple_id, table.practitioner_id)
    )
    for row in db.execute(of_these):
        yield ConflictMarked(couple_id=row.couple_id, practitioner_id=row.practitioner_id, at=row.marked_at)


def snapshot_conflict_mark_lifted(db: Session, couples: Sequence[Couple]) -> Iterable[ConflictMarkLifted]:
    """Who had a conflict and has none: a reader that still believes in it forgets it."""
    table = ConflictMark
    of_these = (
        select(table.couple_id, table.practitioner_id, func.max(table.lifted_at).label("at"))
        .where(table.couple_id.in_([one.id for one in couples]))
        .group_by(table.couple_id, table.practitioner_id)
        .having(func.bool_and(table.lifted_at.is_not(None)))
        .order_by(table.couple_id, table.practitioner_id)
    )
    for row in db.execute(of_these):
        yield ConflictMarkLifted(couple_id=row.couple_id, practitioner_id=row.practitioner_id, at=row.at)


def snapshot_intention_shared(db: Session, couples: Sequence[Couple]) -> Iterable[IntentionShared]:
    """What is shared now. Of what was taken back nothing is kept, and nothing is stated."""
    table = SharedIntentionPart
    of_these = (
        select(table.id, table.couple_id, table.person_id)
        .where(table.couple_id.in_([one.id for one in couples]))
        .order_by(table.couple_id, table.id)
    )
    for row in db.execute(of_these):
        yield IntentionShared(couple_id=row.couple_id, person_id=row.person_id, sharing_id=row.id)


SNAPSHOTS: Snapshots = {
    EnquiryReceived: Snapshot(Enquiry.id, snapshot_enquiry_received),
    CoupleRegistered: Snapshot(Couple.id, snapshot_couple_registered),
    # A version of 1: nobody has named a team yet, which is not the same as a team of nobody.
    CareTeamChanged: Snapshot(Couple.id, snapshot_care_team_changed, only=Couple.version > 1),
    PreparationCompleted: Snapshot(Couple.id, snapshot_preparation_completed),
    ReadinessDecided: Snapshot(Couple.id, snapshot_readiness_decided),
    ConfidentialityPolicyChanged: Snapshot(Couple.id, snapshot_confidentiality_policy_changed),
    BreakGlassOpened: Snapshot(Couple.id, snapshot_break_glass_opened),
    ConflictMarked: Snapshot(Couple.id, snapshot_conflict_marked),
    ConflictMarkLifted: Snapshot(Couple.id, snapshot_conflict_mark_lifted),
    IntentionShared: Snapshot(Couple.id, snapshot_intention_shared),
}
