"""What sessions states again of its own, for a reader whose projections are rebuilt.

An appointment's own events are steps. Told again they would have a reader believe for a moment that a session
which is off is on; so where it stands is stated in one event.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from services.sessions.domain.public_state import PublicState
from services.sessions.domain.states import BookingState, MedicineState
from services.sessions.models import Booking, MedicineSession, PublicChange
from shared.events.base import Zone
from shared.events.sessions import (
    MedicineSessionStanding,
    MedicineSessionStated,
    SessionCompleted,
    SessionKind,
    SessionStanding,
    SessionStated,
)
from shared.path.snapshots import Snapshot, Snapshots

_TOLD = (PublicState.CONFIRMED, PublicState.NOT_GOING_AHEAD)


def snapshot_session_completed(db: Session, bookings: Sequence[Booking]) -> Iterable[SessionCompleted]:
    """Appointments that took place, and when that was recorded."""
    at = {
        row.session_id: row.released_at
        for row in _changes(db, [one.id for one in bookings], [PublicState.COMPLETED])
    }
    for one in bookings:
        yield SessionCompleted(
            session_id=one.id,
            kind=SessionKind(one.kind),
            couple_id=one.couple_id,
            partner_ids=tuple(one.partner_ids),
            at=at[one.id],
        )


def snapshot_session_stated(_: Session, bookings: Sequence[Booking]) -> Iterable[SessionStated]:
    """Where each appointment stands. Called off with its medicine session, it is off for everybody but its room."""
    for one in bookings:
        is_off = one.is_called_off and one.state == BookingState.BOOKED
        yield SessionStated(
            session_id=one.id,
            kind=SessionKind(one.kind),
            state=SessionStanding.CANCELLED if is_off else SessionStanding(one.state),
            couple_id=one.couple_id,
            enquiry_id=one.enquiry_id,
            partner_ids=tuple(one.partner_ids),
            practitioner_ids=tuple(one.practitioner_ids),
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            zone=Zone(one.zone),
        )


def snapshot_medicine_session_stated(
    db: Session, sessions: Sequence[MedicineSession]
) -> Iterable[MedicineSessionStated]:
    """Where each medicine session stands that was ever confirmed: of the others nobody outside knows."""
    released: dict[UUID, datetime] = {}
    confirmed: set[UUID] = set()
    for row in _changes(db, [one.id for one in sessions], _TOLD):
        released[row.session_id] = row.released_at
        if row.state == PublicState.CONFIRMED:
            confirmed.add(row.session_id)
    for one in sessions:
        if one.id in confirmed:
            yield MedicineSessionStated(
                session_id=one.id,
                couple_id=one.couple_id,
                state=MedicineSessionStanding(one.state),
                partner_ids=tuple(one.people),
                practitioner_ids=tuple(one.practitioner_ids),
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                zone=Zone(one.zone),
                released_at=released[one.id],
            )


def _changes(db: Session, session_ids: Collection[UUID], states: Collection[PublicState]) -> list[Row[Any]]:
    """The sessions' changes to these public states, the oldest first."""
    statement = (
        select(PublicChange.session_id, PublicChange.state, PublicChange.released_at)
        .where(PublicChange.session_id.in_(session_ids), PublicChange.state.in_(states))
        .order_by(PublicChange.session_id, PublicChange.number)
    )
    return list(db.execute(statement))


SNAPSHOTS: Snapshots = {
    SessionCompleted: Snapshot(
        Booking.id, snapshot_session_completed, only=Booking.state == BookingState.COMPLETED
    ),
    SessionStated: Snapshot(Booking.id, snapshot_session_stated),
    MedicineSessionStated: Snapshot(
        MedicineSession.id,
        snapshot_medicine_session_stated,
        only=MedicineSession.state != MedicineState.PLANNED,
    ),
}
