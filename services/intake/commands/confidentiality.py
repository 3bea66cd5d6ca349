"""The couple's confidentiality policy, and what a practitioner told the person before raising it."""

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.intake.models import ConfidentialityChange, Couple, IntentionPart, ToldFirst
from services.intake.queries.confidentiality import part_may_be_raised, policy_in_force
from shared.audit.by_workers import changed
from shared.confidentiality import ConfidentialityPolicy, MayBeRaised, MayNotBeRaised
from shared.errors import NotFound
from shared.events.intake import ConfidentialityPolicyChanged
from shared.ids import new_id
from shared.path import outbox

log = structlog.get_logger()


def choose_policy(
    db: Session, couple: Couple, policy: ConfidentialityPolicy, *, by: UUID, now: datetime
) -> None:
    """What a couple chose at registration. Discretion holds without a word, here and for whoever listens."""
    if policy is not ConfidentialityPolicy.DISCRETION:
        _record(db, couple.id, 1, policy, by=by, now=now)


def change_confidentiality_policy(
    db: Session, couple: Couple, *, policy: ConfidentialityPolicy, by: UUID, now: datetime
) -> None:
    """From now on `policy` holds for what the locked couple's partners tell; the same one again changes nothing.

    Raises NotFound when `by` is not (any more) in the care team: the policy table looked before the lock.
    """
    if by not in couple.practitioner_ids:
        raise NotFound
    held = policy_in_force(db, couple.id)
    if policy is held.policy:
        return
    _record(db, couple.id, held.version + 1, policy, by=by, now=now)
    log.info("confidentiality policy changed", couple_id=str(couple.id))


def record_told_first(db: Session, part: IntentionPart, *, by: UUID, now: datetime) -> None:
    """A practitioner told the person that these words may come up; of the same words the first record stands.

    `part` is locked. No event: the other partner never learns of it. Raises MayNotBeRaised.
    """
    if part_may_be_raised(db, part) is MayBeRaised.NO:
        raise MayNotBeRaised
    told = insert(ToldFirst).values(
        id=new_id(),
        couple_id=part.couple_id,
        person_id=part.person_id,
        intention_part_id=part.id,
        part_version=part.version,
        told_by=by,
        told_at=now,
    )
    db.execute(told.on_conflict_do_nothing(constraint="told_first_once"))


def lock_told_part(db: Session, person_id: UUID, part: str) -> IntentionPart:
    """A partner's part for who treats them, unchanged until the commit. Raises NotFound when it isn't written."""
    row = db.scalars(
        select(IntentionPart)
        .where(IntentionPart.person_id == person_id, IntentionPart.part == part)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def _record(
    db: Session,
    couple_id: UUID,
    sequence: int,
    policy: ConfidentialityPolicy,
    *,
    by: UUID,
    now: datetime,
) -> None:
    change = ConfidentialityChange(
        id=new_id(), couple_id=couple_id, sequence=sequence, policy=policy, since=now, changed_by=by
    )
    db.add(change)
    changed(db, "confidentiality_change", record_id=change.id, about_id=couple_id)
    fact = ConfidentialityPolicyChanged(couple_id=couple_id, sequence=sequence, policy=policy, since=now)
    outbox.record(db, fact)
