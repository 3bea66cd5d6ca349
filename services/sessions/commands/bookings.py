"""Bookings: every appointment but medicine sessions."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sessions.commands.announcements import announce
from services.sessions.commands.appointments import check_fits, check_no_conflict
from services.sessions.commands.bookings_events import booked_event
from services.sessions.commands.gate import settle
from services.sessions.commands.resources import occupy, release
from services.sessions.domain.programmes import is_within_integration_time
from services.sessions.domain.public_state import PublicState, release_moment
from services.sessions.domain.states import BEFORE_START, BookingState, MedicineState
from services.sessions.models import Booking, MedicineSession
from services.sessions.problems import BookingIsOver, LinkNotPossible, NotOfThisCouple, NotTheTimeYet
from services.sessions.queries.care import locked_couple
from services.sessions.queries.medicine_sessions import locked_open_sessions
from services.sessions.queries.practitioners import room
from shared.db.practice import current_practice
from shared.errors import NotFound
from shared.events.sessions import SessionCancelled, SessionCompleted, SessionKind
from shared.ids import shown_id
from shared.path import outbox


def book_session(
    db: Session,
    *,
    kind: SessionKind,
    couple_id: UUID,
    partner_ids: list[UUID],
    practitioner_ids: list[UUID],
    room_id: UUID | None,
    starts_at: datetime,
    duration_min: int,
    medicine_session_id: UUID | None,
    now: datetime,
) -> Booking:
    """Book an appointment of a couple: one atomic hold on everybody and the room."""
    couple = locked_couple(db, couple_id)
    if not set(partner_ids) <= set(couple.partner_ids):
        raise NotOfThisCouple
    check_no_conflict(couple, practitioner_ids)
    open_sessions = locked_open_sessions(db, couple_id)
    zone = current_practice(db).zone
    starts_at = starts_at.astimezone(UTC)
    ends_at = starts_at + timedelta(minutes=duration_min)
    if room_id is not None:
        room(db, room_id)
    check_fits(db, kind, practitioner_ids, starts_at=starts_at, ends_at=ends_at, zone=zone, now=now)
    booking = Booking(
        id=shown_id(),
        kind=kind,
        state=BookingState.BOOKED,
        couple_id=couple_id,
        partner_ids=sorted(partner_ids),
        practitioner_ids=sorted(practitioner_ids),
        room_id=room_id,
        medicine_session_id=_link(db, kind, couple_id, medicine_session_id, starts_at, open_sessions),
        starts_at=starts_at,
        ends_at=ends_at,
        zone=zone,
    )
    occupy(
        db,
        booking.id,
        practitioner_ids=practitioner_ids,
        partner_ids=partner_ids,
        room_id=room_id,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    db.add(booking)
    db.flush()
    announce(db, booking.id, PublicState.CONFIRMED, released_at=now)
    outbox.record(db, booked_event(booking))
    for session in open_sessions:
        settle(db, session, now=now)
    return booking


def complete_session(db: Session, booking_id: UUID, *, now: datetime) -> None:
    """Record that an appointment took place. Raises NotTheTimeYet, BookingIsOver, NotFound."""
    booking, open_sessions = _locked_booking(db, booking_id)
    if booking.state != BookingState.BOOKED:
        raise BookingIsOver
    if now < booking.starts_at:
        raise NotTheTimeYet
    booking.state = BookingState.COMPLETED
    announce(db, booking.id, PublicState.COMPLETED, released_at=now)
    outbox.record(
        db,
        SessionCompleted(
            session_id=booking.id,
            kind=SessionKind(booking.kind),
            couple_id=booking.couple_id,
            partner_ids=tuple(booking.partner_ids),
            at=now,
        ),
    )
    for session in open_sessions:
        settle(db, session, now=now)


def cancel_session(db: Session, booking_id: UUID, *, now: datetime) -> None:
    """Cancel an appointment and free its time. Raises BookingIsOver, NotFound."""
    booking, open_sessions = _locked_booking(db, booking_id)
    if booking.state != BookingState.BOOKED:
        raise BookingIsOver
    booking.state = BookingState.CANCELLED
    release(db, booking.id)
    confirmed = [one for one in open_sessions if one.state == MedicineState.CONFIRMED]
    for session in open_sessions:
        settle(db, session, now=now)
    if not booking.is_called_off:
        held = next((one for one in confirmed if one.state != MedicineState.CONFIRMED), None)
        counted = held or next((one for one in open_sessions if _counts_for(booking, one)), None)
        # With its medicine session, at the same moment: else the loss of the integration would tell
        # a hold for this reason from one for another (rule C2).
        released_at = release_moment(now, starts_at=counted.starts_at) if counted else now
        announce(db, booking.id, PublicState.NOT_GOING_AHEAD, released_at=released_at)
        outbox.record(
            db, SessionCancelled(session_id=booking.id, follows_session_id=held.id if held else None)
        )


def _counts_for(booking: Booking, session: MedicineSession) -> bool:
    """Whether the session's gate looks at this booking, linked to it or not."""
    return booking.medicine_session_id == session.id or (
        booking.kind == SessionKind.INTEGRATION
        and is_within_integration_time(booking.starts_at, session.ends_at)
    )


def _link(
    db: Session,
    kind: SessionKind,
    couple_id: UUID,
    wanted: UUID | None,
    starts_at: datetime,
    open_sessions: list[MedicineSession],
) -> UUID | None:
    """The medicine session this appointment belongs to; an integration in time for one is linked by itself."""
    if wanted is not None:
        session = db.scalar(select(MedicineSession).where(MedicineSession.id == wanted))
        if session is None or session.couple_id != couple_id:
            raise NotFound
        if kind is not SessionKind.INTEGRATION or session.state == MedicineState.CANCELLED:
            raise LinkNotPossible
        return session.id
    if kind is not SessionKind.INTEGRATION:
        return None
    in_time = [one for one in open_sessions if is_within_integration_time(starts_at, one.ends_at)]
    return max(in_time, key=lambda one: one.ends_at).id if in_time else None


def _locked_booking(db: Session, booking_id: UUID) -> tuple[Booking, list[MedicineSession]]:
    """The booking, locked after its couple and the couple's sessions, as the order of locks wants."""
    couple_id = db.scalar(select(Booking.couple_id).where(Booking.id == booking_id))
    open_sessions = []
    if couple_id is not None:
        locked_couple(db, couple_id)
        open_sessions = [one for one in locked_open_sessions(db, couple_id) if one.state in BEFORE_START]
    booking = db.scalar(
        select(Booking)
        .where(Booking.id == booking_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if booking is None:
        raise NotFound
    return booking, open_sessions
