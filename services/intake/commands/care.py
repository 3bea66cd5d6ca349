"""Enquiries, couples and their care team, intentions, preparation and readiness."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.intake.commands import confidentiality
from services.intake.domain import Part, PartnerState, check_readiness_expiry
from services.intake.models import (
    Couple,
    Enquiry,
    IntentionPart,
    Partner,
    Preparation,
    ReadinessDecision,
    SharedIntentionPart,
)
from services.intake.problems import (
    CareTeamMemberIsPartner,
    ConflictOfInterest,
    EnquiryAlreadyRegistered,
    IntentionPartEmpty,
)
from services.intake.queries.access import conflicts_among
from services.intake.queries.confidentiality import policy_in_force
from shared.audit.by_workers import changed
from shared.confidentiality import ConfidentialityPolicy, stricter
from shared.errors import NotFound
from shared.events.intake import (
    CareTeamChanged,
    CoupleRegistered,
    EnquiryReceived,
    IntentionShared,
    IntentionUnshared,
    PreparationCompleted,
    Readiness,
    ReadinessDecided,
)
from shared.ids import new_id
from shared.path import outbox

log = structlog.get_logger()


def receive_enquiry(db: Session, *, contact_id: UUID, display_name: str, now: datetime) -> Enquiry:
    """Keep an enquiry; the address lies in notify under `contact_id`."""
    enquiry = Enquiry(contact_id=contact_id, display_name=display_name, received_at=now)
    db.add(enquiry)
    db.flush()
    outbox.record(db, EnquiryReceived(enquiry_id=enquiry.id, contact_id=contact_id))
    return enquiry


def register_couple(
    db: Session,
    *,
    display_names: Sequence[str],
    enquiry_id: UUID | None,
    policy: ConfidentialityPolicy,
    by: UUID,
    now: datetime,
) -> Couple:
    """Take one or two partners into care, from an enquiry or without one, under their confidentiality policy.

    Raises NotFound when there is no such enquiry, EnquiryAlreadyRegistered when a couple came from it before.
    """
    if enquiry_id is not None:
        _claim_enquiry(db, enquiry_id)
    partners = [
        Partner(position=position, display_name=name, state=PartnerState.REGISTERED)
        for position, name in enumerate(display_names)
    ]
    couple = Couple(enquiry_id=enquiry_id, registered_at=now, partners=partners)
    db.add(couple)
    db.flush()
    ids = tuple(partner.id for partner in partners)
    changed(db, "couple", record_id=couple.id, about_id=couple.id)
    outbox.record(db, CoupleRegistered(couple_id=couple.id, partner_ids=ids, enquiry_id=enquiry_id))
    confidentiality.choose_policy(db, couple, policy, by=by, now=now)
    log.info("couple registered", couple_id=str(couple.id))
    return couple


def lock_couple(db: Session, couple_id: UUID) -> Couple:
    """The couple, locked: its events leave in the order in which they are committed. Raises NotFound."""
    couple = db.scalars(
        select(Couple)
        .where(Couple.id == couple_id)
        # No key update: an answer that refers to the couple never waits for this.
        .with_for_update(key_share=True, of=Couple)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if couple is None:
        raise NotFound
    return couple


def change_care_team(db: Session, *, couple_id: UUID, practitioner_ids: Sequence[UUID]) -> Couple:
    """From now on these people, in this order, treat the couple. Naming the same ones again changes nothing.

    Raises NotFound, CareTeamMemberIsPartner, ConflictOfInterest.
    """
    couple = lock_couple(db, couple_id)
    if couple.practitioner_ids == list(practitioner_ids):
        return couple
    if db.scalars(select(Partner.id).where(Partner.id.in_(practitioner_ids)).limit(1)).first():
        raise CareTeamMemberIsPartner
    if conflicts_among(db, couple_id, practitioner_ids):
        raise ConflictOfInterest
    name_care_team(db, couple, practitioner_ids)
    return couple


def name_care_team(db: Session, couple: Couple, practitioner_ids: Sequence[UUID]) -> None:
    """Put these people, who may, in the locked couple's care team."""
    couple.practitioner_ids = list(practitioner_ids)
    changed(db, "couple", record_id=couple.id, about_id=couple.id)
    outbox.record(db, CareTeamChanged(couple_id=couple.id, practitioner_ids=tuple(practitioner_ids)))
    log.info("care team changed", couple_id=str(couple.id))


def lock_intention_part(db: Session, person_id: UUID, part: Part) -> IntentionPart | None:
    """A partner's own part, None when it isn't written; nobody else writes their parts until the commit."""
    _lock_partner(db, person_id)
    return db.scalars(
        select(IntentionPart)
        .where(IntentionPart.person_id == person_id, IntentionPart.part == part)
        .execution_options(populate_existing=True)
    ).one_or_none()


def write_intention_part(db: Session, person_id: UUID, part: Part, *, text: str) -> IntentionPart:
    """Keep a partner's words, for themselves; what they shared before stays as it was shared."""
    row = lock_intention_part(db, person_id, part)
    couple_id = _lock_partner(db, person_id).couple_id
    in_force = policy_in_force(db, couple_id).policy
    if row is None:
        row = IntentionPart(id=new_id(), couple_id=couple_id, person_id=person_id, part=part)
        row.told_under = in_force
        db.add(row)
    row.told_under = stricter(ConfidentialityPolicy(row.told_under), in_force)
    row.seal(db, "text", text)
    db.flush()
    return row


def share_intention(db: Session, person_id: UUID, part: Part) -> IntentionPart:
    """Share a snapshot of the part as it stands; sharing the same words again tells nobody anything.

    Raises NotFound when it isn't written, IntentionPartEmpty.
    """
    row = _written(db, person_id, part)
    text = row.unseal(db, "text")
    if not text:
        raise IntentionPartEmpty
    lock_couple(db, row.couple_id)
    shared = _snapshot(db, person_id, part)
    if shared is not None and shared.unseal(db, "text") == text:
        return row
    if shared is None:
        shared = SharedIntentionPart(id=new_id(), couple_id=row.couple_id, person_id=person_id, part=part)
        db.add(shared)
    shared.seal(db, "text", text)
    db.flush()
    outbox.record(db, IntentionShared(couple_id=row.couple_id, person_id=person_id, sharing_id=shared.id))
    return row


def unshare_intention(db: Session, person_id: UUID, part: Part) -> IntentionPart:
    """Take the snapshot back, without a trace; nothing happens when there is none. Raises NotFound."""
    row = _written(db, person_id, part)
    lock_couple(db, row.couple_id)
    shared = _snapshot(db, person_id, part)
    if shared is not None:
        db.delete(shared)
        db.flush()
        outbox.record(
            db, IntentionUnshared(couple_id=row.couple_id, person_id=person_id, sharing_id=shared.id)
        )
    return row


def complete_preparation(
    db: Session, *, couple_id: UUID, person_id: UUID, by: UUID, now: datetime
) -> Preparation:
    """Record that a partner's preparation is done; it is done once, the first record stands. Raises NotFound."""
    _lock_treated_couple(db, couple_id, by)
    done = db.scalars(select(Preparation).where(Preparation.person_id == person_id)).one_or_none()
    if done is None:
        done = Preparation(couple_id=couple_id, person_id=person_id, completed_by=by, completed_at=now)
        db.add(done)
        outbox.record(db, PreparationCompleted(couple_id=couple_id, person_id=person_id, at=now))
    return done


def decide_readiness(
    db: Session,
    *,
    couple_id: UUID,
    person_id: UUID,
    decision: Readiness,
    reason: str,
    expires_at: datetime | None,
    by: UUID,
    now: datetime,
) -> ReadinessDecision:
    """Record a practitioner's decision on one partner; the reason stays here, sealed, the decision's writer owns it.

    Raises NotFound, ReadinessExpiryOutOfRange.
    """
    check_readiness_expiry(decision, expires_at, now=now)
    expires_at = expires_at.astimezone(UTC) if expires_at else None
    _lock_treated_couple(db, couple_id, by)
    mine = ReadinessDecision.person_id == person_id
    last = db.scalar(select(func.max(ReadinessDecision.sequence)).where(mine)) or 0
    decided = ReadinessDecision(
        id=new_id(),
        couple_id=couple_id,
        person_id=person_id,
        sequence=last + 1,
        decision=decision,
        decided_by=by,
        decided_at=now,
        expires_at=expires_at,
    )
    decided.seal(db, "reason", reason)
    db.add(decided)
    fact = ReadinessDecided(
        couple_id=couple_id,
        person_id=person_id,
        decision_id=decided.id,
        decision=decision,
        expires_at=expires_at,
    )
    outbox.record(db, fact)
    return decided


def _claim_enquiry(db: Session, enquiry_id: UUID) -> None:
    statement = select(Enquiry.id).where(Enquiry.id == enquiry_id).with_for_update(key_share=True)
    if db.scalar(statement) is None:
        raise NotFound
    if db.scalar(select(Couple.id).where(Couple.enquiry_id == enquiry_id)) is not None:
        raise EnquiryAlreadyRegistered


def _lock_partner(db: Session, person_id: UUID) -> Partner:
    statement = select(Partner).where(Partner.id == person_id).with_for_update(key_share=True)
    partner = db.scalars(statement).one_or_none()
    if partner is None:
        raise NotFound
    return partner


def _lock_treated_couple(db: Session, couple_id: UUID, by: UUID) -> Couple:
    """The policy looked before the lock: somebody taken off the care team in between decides nothing."""
    couple = lock_couple(db, couple_id)
    if by not in couple.practitioner_ids:
        raise NotFound
    return couple


def _written(db: Session, person_id: UUID, part: Part) -> IntentionPart:
    row = lock_intention_part(db, person_id, part)
    if row is None:
        raise NotFound
    return row


def _snapshot(db: Session, person_id: UUID, part: Part) -> SharedIntentionPart | None:
    statement = select(SharedIntentionPart).where(
        SharedIntentionPart.person_id == person_id, SharedIntentionPart.part == part
    )
    return db.scalars(statement).one_or_none()
