"""The journal as its writer sees it, and the snapshots as their readers do."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from services.integration.domain import reaches_partner
from services.integration.models import JournalEntry, JournalSnapshot
from services.integration.queries.confidentiality import snapshots_may_be_raised
from shared.errors import NotFound
from shared.events.integration import Audience


def own_entry(db: Session, person_id: UUID, entry_id: UUID, *, lock: bool = False) -> JournalEntry:
    """The writer's own entry. Raises NotFound for anybody else's."""
    statement = select(JournalEntry).where(JournalEntry.id == entry_id, JournalEntry.person_id == person_id)
    entry = db.scalar(statement.with_for_update() if lock else statement)
    if entry is None:
        raise NotFound
    return entry


def owns_entry(db: Session, person_id: UUID, entry_id: UUID) -> bool:
    """Whether this person wrote this entry."""
    mine = exists().where(JournalEntry.id == entry_id, JournalEntry.person_id == person_id)
    return bool(db.scalar(select(mine)))


def own_entries(person_id: UUID) -> Select[JournalEntry]:
    """Everything a partner wrote."""
    return select(JournalEntry).where(JournalEntry.person_id == person_id)


def shared_with_partner(reader_id: UUID) -> Select[JournalSnapshot]:
    """What the other partner shared with this very reader."""
    return select(JournalSnapshot).where(
        JournalSnapshot.reader_id == reader_id,
        JournalSnapshot.audience.in_([Audience.PARTNER, Audience.BOTH]),
    )


def shared_by(person_id: UUID) -> Select[JournalSnapshot]:
    """What a partner shares now, with whomever."""
    return select(JournalSnapshot).where(JournalSnapshot.person_id == person_id)


def shared_with_practitioners(couple_id: UUID, person_id: UUID) -> Select[JournalSnapshot]:
    """What a partner shared with the couple's care team."""
    return select(JournalSnapshot).where(
        JournalSnapshot.couple_id == couple_id,
        JournalSnapshot.person_id == person_id,
        JournalSnapshot.audience.in_([Audience.PRACTITIONER, Audience.BOTH]),
    )


def told_by_couple(db: Session, couple_id: UUID) -> list[dict[str, Any]]:
    """Which entries the partners share with the care team, newest first, and whether the other reads them: no word."""
    rows = db.execute(
        select(
            JournalSnapshot.id, JournalSnapshot.person_id, JournalSnapshot.shared_at, JournalSnapshot.audience
        )
        .where(
            JournalSnapshot.couple_id == couple_id,
            JournalSnapshot.audience.in_([Audience.PRACTITIONER, Audience.BOTH]),
        )
        .order_by(JournalSnapshot.shared_at.desc(), JournalSnapshot.id)
    )
    return [
        {
            "shared_id": row.id,
            "person_id": row.person_id,
            "shared_at": row.shared_at,
            "is_released": reaches_partner(Audience(row.audience)),
        }
        for row in rows
    ]


def entry_view(db: Session, entry: JournalEntry) -> dict[str, Any]:
    """An entry as its writer sees it."""
    return {
        "entry_id": entry.id,
        **_content(db, entry),
        "audience": entry.audience,
        "written_at": entry.written_at,
        "version": entry.version,
    }


def snapshot_view(db: Session, snapshot: JournalSnapshot) -> dict[str, Any]:
    """A snapshot as everybody sees it with whom it was shared: nothing that leads back to the entry."""
    return {"shared_id": snapshot.id, **_content(db, snapshot), "shared_at": snapshot.shared_at}


def own_snapshot_view(db: Session, snapshot: JournalSnapshot) -> dict[str, Any]:
    """A snapshot as its writer sees it: of which entry it is, and who reads it."""
    whose = {"entry_id": snapshot.entry_id, "audience": snapshot.audience}
    return {**snapshot_view(db, snapshot), **whose}


def shared_with_the_practitioner(
    db: Session, couple_id: UUID, person_id: UUID, shared_id: UUID
) -> JournalSnapshot:
    """One of the snapshots that a partner shared with the care team. Raises NotFound."""
    theirs = shared_with_practitioners(couple_id, person_id).where(JournalSnapshot.id == shared_id)
    snapshot = db.scalars(theirs).one_or_none()
    if snapshot is None:
        raise NotFound
    return snapshot


def told_views(db: Session, snapshots: Sequence[JournalSnapshot]) -> list[dict[str, Any]]:
    """Snapshots as practitioners see them: each with whether joint work may raise it."""
    raised = snapshots_may_be_raised(db, snapshots)
    return [{**snapshot_view(db, one), "may_be_raised": raised[one.id]} for one in snapshots]


def preview(db: Session, entry: JournalEntry) -> dict[str, Any]:
    """What a reader would see if the entry were shared now, and what they do see now (None: nothing)."""
    snapshot = db.scalar(
        select(JournalSnapshot).where(
            JournalSnapshot.entry_id == entry.id, JournalSnapshot.person_id == entry.person_id
        )
    )
    return {
        **_content(db, entry),
        "shared": snapshot_view(db, snapshot) if snapshot is not None else None,
        "version": entry.version,
    }


def _content(db: Session, row: JournalEntry | JournalSnapshot) -> dict[str, Any]:
    mood = row.shown(db, "mood")
    return {
        "channel": row.channel,
        "text": row.shown(db, "text"),
        "mood": int(mood) if mood else None,
    }
