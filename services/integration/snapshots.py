"""What integration states again of its own, for a reader whose projections are rebuilt."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.integration.domain import CheckInState
from services.integration.models import CheckIn, JournalSnapshot, SafetyConcern
from shared.events.integration import Audience, CheckInAnswered, CheckInOpened, JournalEntryShared
from shared.path.snapshots import Snapshot, Snapshots


def snapshot_check_in_opened(_: Session, check_ins: Sequence[CheckIn]) -> Iterable[CheckInOpened]:
    """Check-ins without an answer. Whether one was skipped is its partner's own: nobody else ever learns it."""
    for one in check_ins:
        yield CheckInOpened(check_in_id=one.id, couple_id=one.couple_id, person_id=one.person_id, day=one.day)


def snapshot_check_in_answered(db: Session, check_ins: Sequence[CheckIn]) -> Iterable[CheckInAnswered]:
    """Answered ones. An answer that wasn't clear raised a concern in its own transaction, so none is opened here."""
    raised = SafetyConcern.check_in_id.in_([one.id for one in check_ins])
    unclear = set(db.scalars(select(SafetyConcern.check_in_id).where(raised)))
    for one in check_ins:
        yield CheckInAnswered(
            check_in_id=one.id,
            couple_id=one.couple_id,
            person_id=one.person_id,
            day=one.day,
            is_clear=one.id not in unclear,
        )


def snapshot_journal_entry_shared(
    _: Session, snapshots: Sequence[JournalSnapshot]
) -> Iterable[JournalEntryShared]:
    """What is shared now. Of what was taken back nothing is kept, and nothing is stated."""
    for one in snapshots:
        yield JournalEntryShared(
            couple_id=one.couple_id,
            person_id=one.person_id,
            audience=Audience(one.audience),
            sharing_id=one.id,
        )


_IS_ANSWERED = CheckIn.state == CheckInState.ANSWERED
SNAPSHOTS: Snapshots = {
    JournalEntryShared: Snapshot(JournalSnapshot.id, snapshot_journal_entry_shared),
    CheckInOpened: Snapshot(CheckIn.id, snapshot_check_in_opened, only=~_IS_ANSWERED),
    CheckInAnswered: Snapshot(CheckIn.id, snapshot_check_in_answered, only=_IS_ANSWERED),
}
