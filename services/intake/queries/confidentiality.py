"""Which confidentiality policy holds for a couple, and which of a partner's words joint work may raise."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.intake.domain import place_of
from services.intake.models import (
    ConfidentialityChange,
    Couple,
    IntentionPart,
    SharedIntentionPart,
    ToldFirst,
)
from shared.confidentiality import ConfidentialityPolicy, MayBeRaised, may_be_raised
from shared.errors import NotFound


@dataclass(frozen=True)
class InForce:
    """The policy that holds for what is told now. Its version moves with it alone."""

    policy: ConfidentialityPolicy
    since: datetime
    version: int


def policy_in_force(db: Session, couple_id: UUID) -> InForce:
    """Of a couple; discretion from its registration where nothing else was ever said. Raises NotFound."""
    newest = db.scalars(
        select(ConfidentialityChange)
        .where(ConfidentialityChange.couple_id == couple_id)
        .order_by(ConfidentialityChange.sequence.desc())
        .limit(1)
    ).one_or_none()
    if newest is not None:
        return InForce(ConfidentialityPolicy(newest.policy), newest.since, newest.sequence)
    registered_at = db.scalar(select(Couple.registered_at).where(Couple.id == couple_id))
    if registered_at is None:
        raise NotFound
    return InForce(ConfidentialityPolicy.DISCRETION, registered_at, 1)


def intention_as_told(db: Session, person_id: UUID) -> dict[str, Any]:
    """One partner's own parts as they stand, each with whether joint work may raise it: for practitioners."""
    written = db.scalars(select(IntentionPart).where(IntentionPart.person_id == person_id))
    parts = sorted(written, key=lambda one: place_of(one.part))
    released = _released(db, person_id)
    return {"parts": [_as_told(db, one, released) for one in parts]}


def told_by_couple(db: Session, couple_id: UUID) -> list[dict[str, Any]]:
    """Which parts the partners wrote, and whether the other one reads these very words: no word of them."""
    rows = db.scalars(select(IntentionPart).where(IntentionPart.couple_id == couple_id)).all()
    released = {person_id: _released(db, person_id) for person_id in {one.person_id for one in rows}}
    found = []
    for row in sorted(rows, key=lambda one: (str(one.person_id), place_of(one.part))):
        text = row.shown(db, "text")
        if text:
            is_released = released[row.person_id].get(row.part) == text
            found.append({"person_id": row.person_id, "part": row.part, "is_released": is_released})
    return found


def part_as_told(db: Session, row_id: UUID) -> dict[str, Any]:
    """One part, for practitioners. Raises NotFound."""
    row = db.get(IntentionPart, row_id)
    if row is None:
        raise NotFound
    return _as_told(db, row, _released(db, row.person_id))


def part_may_be_raised(db: Session, row: IntentionPart) -> MayBeRaised:
    """Whether joint work may raise these words as they stand now."""
    return _may_be_raised(db, row, released=_released(db, row.person_id), text=row.shown(db, "text"))


def _as_told(db: Session, row: IntentionPart, released: Mapping[str, str]) -> dict[str, Any]:
    text = row.shown(db, "text")
    answer = _may_be_raised(db, row, released=released, text=text)
    return {
        "part": row.part,
        "text": text,
        "is_shared": row.part in released,
        "may_be_raised": answer,
        "version": row.version,
    }


def _may_be_raised(
    db: Session, row: IntentionPart, *, released: Mapping[str, str], text: str | None
) -> MayBeRaised:
    """Words that were erased are nobody's to raise, and equal no others."""
    if not text:
        return MayBeRaised.NO
    told = select(ToldFirst.id).where(
        ToldFirst.intention_part_id == row.id, ToldFirst.part_version == row.version
    )
    return may_be_raised(
        ConfidentialityPolicy(row.told_under),
        is_released=released.get(row.part) == text,
        is_told_first=db.scalar(told) is not None,
    )


def _released(db: Session, person_id: UUID) -> dict[str, str]:
    """The words of each part as their writer shares them: newer words of the same part are not released by it."""
    rows = db.scalars(select(SharedIntentionPart).where(SharedIntentionPart.person_id == person_id))
    return {row.part: row.shown(db, "text") or "" for row in rows}
