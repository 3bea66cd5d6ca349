"""Projections of what is shared at this moment. Ids only: a sharing that was taken back leaves nothing here."""

from collections.abc import Sequence

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notify.models import Sharing
from shared.events.base import Received
from shared.events.intake import IntentionShared, IntentionUnshared
from shared.events.integration import JournalEntryShared, JournalEntryUnshared

# A sharing comes before its taking back under the same key, and its id never comes again: so repeating any of these
# changes nothing, and what was taken back stays so.


def project_intention_shared(db: Session, events: Sequence[Received[IntentionShared]]) -> None:
    """A part of an intention is shared."""
    _keep(db, events)


def project_intention_unshared(db: Session, events: Sequence[Received[IntentionUnshared]]) -> None:
    """It was taken back."""
    _forget(db, events)


def project_journal_entry_shared(db: Session, events: Sequence[Received[JournalEntryShared]]) -> None:
    """A journal entry is shared."""
    _keep(db, events)


def project_journal_entry_unshared(db: Session, events: Sequence[Received[JournalEntryUnshared]]) -> None:
    """It was taken back."""
    _forget(db, events)


def _keep(
    db: Session, events: Sequence[Received[IntentionShared]] | Sequence[Received[JournalEntryShared]]
) -> None:
    ids = {one.event.sharing_id for one in events if one.event.sharing_id is not None}
    if ids:
        rows = [{"sharing_id": one} for one in ids]
        db.execute(insert(Sharing).values(rows).on_conflict_do_nothing())


def _forget(
    db: Session, events: Sequence[Received[IntentionUnshared]] | Sequence[Received[JournalEntryUnshared]]
) -> None:
    ids = {one.event.sharing_id for one in events}
    db.execute(
        delete(Sharing).where(Sharing.sharing_id.in_(ids)).execution_options(synchronize_session=False)
    )
