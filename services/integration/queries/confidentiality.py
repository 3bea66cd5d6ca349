"""Which of what a partner told the care team alone joint work may raise."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.integration.domain import SUBJECTS, ConcernKind, reaches_partner
from services.integration.models import ConfidentialityChange, JournalSnapshot, SafetyConcern, ToldFirst
from shared.confidentiality import (
    ConfidentialityPolicy,
    MayBeRaised,
    PolicyChange,
    may_be_raised,
    policy_of_telling,
)
from shared.events.integration import Audience


def snapshots_may_be_raised(db: Session, snapshots: Sequence[JournalSnapshot]) -> dict[UUID, MayBeRaised]:
    """The answer for each of these snapshots, which one partner shared with practitioners."""
    if not snapshots:
        return {}
    changes = _changes(db, snapshots[0].couple_id)
    told = _told_first(db, [one.id for one in snapshots])
    return {
        one.id: may_be_raised(
            policy_of_telling(changes, told_at=one.told_at or one.shared_at, again_at=one.shared_at),
            is_released=reaches_partner(Audience(one.audience)),
            is_told_first=one.id in told,
        )
        for one in snapshots
    }


def concern_may_be_raised(db: Session, concern: SafetyConcern, kinds: Sequence[ConcernKind]) -> MayBeRaised:
    """The answer for a safety concern of these kinds; never, when its answers were erased and nobody knows them."""
    if not kinds:
        return MayBeRaised.NO
    return may_be_raised(
        policy_of_telling(_changes(db, concern.couple_id), told_at=concern.raised_at),
        subjects=[SUBJECTS[kind] for kind in kinds],
        is_released=False,
        is_told_first=concern.id in _told_first(db, [concern.id]),
    )


def _changes(db: Session, couple_id: UUID) -> list[PolicyChange]:
    rows = db.scalars(
        select(ConfidentialityChange)
        .where(ConfidentialityChange.couple_id == couple_id)
        .order_by(ConfidentialityChange.sequence)
    )
    return [PolicyChange(ConfidentialityPolicy(row.policy), row.since) for row in rows]


def _told_first(db: Session, piece_ids: Sequence[UUID]) -> set[UUID]:
    return set(db.scalars(select(ToldFirst.piece_id).where(ToldFirst.piece_id.in_(piece_ids))))
