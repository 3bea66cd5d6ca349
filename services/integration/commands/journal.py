"""The journal: writing for oneself, giving somebody a snapshot, taking it back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.integration.domain import Channel, reaches_partner, reaches_practitioners
from services.integration.models import JournalEntry, JournalSnapshot
from services.integration.problems import NoPartnerYet
from services.integration.queries.couples import couple_of
from shared.events.integration import Audience, JournalEntryShared, JournalEntryUnshared
from shared.ids import shown_id
from shared.path import outbox


def write_entry(
    db: Session, *, person_id: UUID, channel: Channel, text: str, mood: int | None, now: datetime
) -> JournalEntry:
    """Keep a new entry, private."""
    entry = JournalEntry(id=shown_id(), person_id=person_id, written_at=now)
    _fill(db, entry, channel, text, mood)
    db.add(entry)
    db.flush()
    return entry


def rewrite_entry(db: Session, entry: JournalEntry, *, channel: Channel, text: str, mood: int | None) -> None:
    """Change an entry that the caller has locked. What was shared before stays as it was shared."""
    _fill(db, entry, channel, text, mood)
    db.flush()


def share_entry(db: Session, entry: JournalEntry, *, audience: Audience, now: datetime) -> None:
    """Give `audience` the locked entry as it stands now; an earlier snapshot of it is gone.

    Raises NotFound while the writer's couple is not known here, NoPartnerYet when there is no other partner.
    """
    couple = couple_of(db, entry.person_id)
    reader_id = None
    if reaches_partner(audience):
        if couple.partner_id is None:
            raise NoPartnerYet
        reader_id = couple.partner_id
    told_at = _told_at(db, entry, audience, now=now)
    _remove_snapshot(db, entry)
    snapshot = JournalSnapshot(
        id=shown_id(),
        person_id=entry.person_id,
        entry_id=entry.id,
        couple_id=couple.couple_id,
        audience=audience,
        reader_id=reader_id,
        channel=entry.channel,
        shared_at=now,
        told_at=told_at,
    )
    for field in ("text", "mood"):
        snapshot.seal(db, field, entry.unseal(db, field))
    db.add(snapshot)
    entry.audience = audience
    db.flush()
    fact = JournalEntryShared(
        couple_id=couple.couple_id, person_id=entry.person_id, audience=audience, sharing_id=snapshot.id
    )
    outbox.record(db, fact)


def unshare_entry(db: Session, entry: JournalEntry) -> None:
    """Take back what was shared of the locked entry: it is gone for its readers once this commits."""
    _remove_snapshot(db, entry)
    entry.audience = None
    db.flush()


def _told_at(db: Session, entry: JournalEntry, audience: Audience, *, now: datetime) -> datetime | None:
    """Since when practitioners read the entry: sharing it anew makes nothing newly told."""
    if not reaches_practitioners(audience):
        return None
    snapshot = JournalSnapshot
    earlier = db.execute(
        select(snapshot.audience, snapshot.told_at, snapshot.shared_at).where(snapshot.entry_id == entry.id)
    ).one_or_none()
    if earlier is None or not reaches_practitioners(Audience(earlier.audience)):
        return now
    since: datetime = earlier.told_at or earlier.shared_at
    return since


def _fill(db: Session, entry: JournalEntry, channel: Channel, text: str, mood: int | None) -> None:
    entry.channel = channel
    entry.seal(db, "text", text)
    entry.seal(db, "mood", None if mood is None else str(mood))


def _remove_snapshot(db: Session, entry: JournalEntry) -> None:
    """Take an earlier sharing of the entry back, if there is one."""
    # At once, not with the flush: that would put the new snapshot in before it takes the old one out.
    gone = delete(JournalSnapshot).where(JournalSnapshot.entry_id == entry.id)
    for row in db.execute(gone.returning(JournalSnapshot.id, JournalSnapshot.couple_id)).all():
        outbox.record(
            db,
            JournalEntryUnshared(couple_id=row.couple_id, person_id=entry.person_id, sharing_id=row.id),
        )
