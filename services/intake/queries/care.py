"""Enquiries, couples, intentions, readiness: whatever is filtered by person stands here."""

from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from services.intake.domain import place_of
from services.intake.models import (
    Couple,
    Enquiry,
    IntentionPart,
    Partner,
    Preparation,
    ReadinessDecision,
    SharedIntentionPart,
)
from services.intake.queries.confidentiality import policy_in_force
from shared.errors import NotFound

T = TypeVar("T")


def enquiry(db: Session, enquiry_id: UUID) -> Enquiry:
    return _found(db.get(Enquiry, enquiry_id))


def couple(db: Session, couple_id: UUID) -> Couple:
    return _found(db.get(Couple, couple_id))


def couples(*, treated_by: UUID | None, named: str | None = None) -> Select[Couple]:
    """All couples of the practice, or those one clinician treats; of them those whose names hold these words."""
    statement = select(Couple)
    if named and named.strip():
        like_it = Partner.display_name.icontains(named.strip(), autoescape=True)
        statement = statement.where(Couple.id.in_(select(Partner.couple_id).where(like_it)))
    if treated_by is not None:
        statement = statement.where(Couple.practitioner_ids.contains([treated_by]))
    return statement


def preparation(db: Session, preparation_id: UUID) -> Preparation:
    return _found(db.get(Preparation, preparation_id))


def readiness_decision(db: Session, decision_id: UUID) -> ReadinessDecision:
    return _found(db.get(ReadinessDecision, decision_id))


def own_couple(db: Session, person_id: UUID) -> dict[str, Any]:
    """What a partner sees of their couple: of the other, the name alone; and what both agreed on."""
    me = _found(db.get(Partner, person_id))
    name = select(Partner.display_name).where(Partner.couple_id == me.couple_id, Partner.id != person_id)
    other = db.scalar(name)
    return {
        "couple_id": me.couple_id,
        "me": {"person_id": me.id, "display_name": me.display_name},
        "partner": None if other is None else {"display_name": other},
        "confidentiality_policy": policy_in_force(db, me.couple_id).policy,
    }


def intention(db: Session, person_id: UUID) -> dict[str, Any]:
    """One partner's own parts as they stand, for the writer and for who treats them."""
    written = db.scalars(select(IntentionPart).where(IntentionPart.person_id == person_id))
    parts = sorted(written, key=lambda one: place_of(one.part))
    shared = set(
        db.scalars(select(SharedIntentionPart.part).where(SharedIntentionPart.person_id == person_id))
    )
    return {"parts": [_part(db, one, is_shared=one.part in shared) for one in parts]}


def intention_part(db: Session, row_id: UUID) -> dict[str, Any]:
    """One part, for its writer."""
    row = _found(db.get(IntentionPart, row_id))
    snapshot = select(SharedIntentionPart.id).where(
        SharedIntentionPart.person_id == row.person_id, SharedIntentionPart.part == row.part
    )
    return _part(db, row, is_shared=db.scalar(snapshot) is not None)


def preview(db: Session, person_id: UUID, part: str) -> dict[str, Any]:
    """A part as the other would see it if it were shared now; its version says what was previewed."""
    statement = select(IntentionPart).where(IntentionPart.person_id == person_id, IntentionPart.part == part)
    row = _found(db.scalars(statement).one_or_none())
    return {"part": row.part, "text": row.shown(db, "text"), "version": row.version}


def intention_as_shared(db: Session, person_id: UUID) -> dict[str, Any]:
    """What this person shares of their own intention now, in the words that the other partner sees."""
    rows = db.scalars(select(SharedIntentionPart).where(SharedIntentionPart.person_id == person_id))
    return _shown(db, rows)


def intention_from_partner(db: Session, person_id: UUID) -> dict[str, Any]:
    """The snapshots that the other partner of this person's couple shares: that table and nothing else."""
    mine = select(Partner.couple_id).where(Partner.id == person_id).scalar_subquery()
    rows = db.scalars(
        select(SharedIntentionPart).where(
            SharedIntentionPart.couple_id == mine, SharedIntentionPart.person_id != person_id
        )
    )
    return _shown(db, rows)


def readiness(db: Session, couple_id: UUID) -> dict[str, Any]:
    """The decision that holds for each partner, with its reason: for the care team."""
    latest = db.execute(
        select(ReadinessDecision, Partner.position)
        .join(Partner, Partner.id == ReadinessDecision.person_id)
        .where(ReadinessDecision.couple_id == couple_id)
        .ext(distinct_on(ReadinessDecision.person_id))
        .order_by(ReadinessDecision.person_id, ReadinessDecision.sequence.desc())
    )
    rows = [row for row, _ in sorted(latest, key=lambda found: found.position)]
    return {
        "items": [
            {
                "id": row.id,
                "person_id": row.person_id,
                "decision": row.decision,
                "decided_at": row.decided_at,
                "expires_at": row.expires_at,
                "decided_by": row.decided_by,
                "reason": row.shown(db, "reason"),
            }
            for row in rows
        ],
        "preparations": _preparations(db, couple_id),
    }


def _shown(db: Session, rows: Iterable[SharedIntentionPart]) -> dict[str, Any]:
    """Shared parts as partners see them."""
    shown = sorted(rows, key=lambda one: place_of(one.part))
    return {"parts": [{"part": one.part, "text": one.shown(db, "text")} for one in shown]}


def _preparations(db: Session, couple_id: UUID) -> list[Preparation]:
    """Whose preparation is done, as it was recorded last."""
    return list(
        db.scalars(
            select(Preparation)
            .where(Preparation.couple_id == couple_id)
            .ext(distinct_on(Preparation.person_id))
            .order_by(Preparation.person_id, Preparation.completed_at.desc())
        )
    )


def _part(db: Session, row: IntentionPart, *, is_shared: bool) -> dict[str, Any]:
    return {
        "part": row.part,
        "text": row.shown(db, "text"),
        "is_shared": is_shared,
        "version": row.version,
    }


def _found(row: T | None) -> T:
    if row is None:
        raise NotFound
    return row
