"""The free consultation of 15 minutes: booked by the enquirer, with whoever is free."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sessions.commands.announcements import announce
from services.sessions.commands.bookings_events import booked_event
from services.sessions.commands.resources import occupy
from services.sessions.domain.availability import (
    CONSULTATION,
    LEAD_TIME,
    LOOK_AHEAD,
    Span,
    is_available,
)
from services.sessions.domain.public_state import PublicState
from services.sessions.domain.states import BookingState
from services.sessions.models import Booking, Enquiry
from services.sessions.problems import ConsultationAlreadyBooked, OutsideAvailability, SlotTaken
from services.sessions.queries.practitioners import weekly_rules
from shared.clock import next_quarter_hour
from shared.db.practice import current_practice
from shared.errors import NotFound
from shared.events.sessions import SessionKind
from shared.ids import shown_id
from shared.path import outbox


def book_consultation(db: Session, *, enquiry_id: UUID, starts_at: datetime, now: datetime) -> Booking:
    """Book one consultation per enquiry. Raises NotFound, OutsideAvailability, SlotTaken."""
    enquiry = db.scalar(select(Enquiry).where(Enquiry.enquiry_id == enquiry_id).with_for_update())
    if enquiry is None:
        raise NotFound  # also while EnquiryReceived has not arrived: callers wait and try again
    if db.scalar(
        select(Booking.id).where(Booking.enquiry_id == enquiry_id, Booking.state != BookingState.CANCELLED)
    ):
        raise ConsultationAlreadyBooked
    starts_at = starts_at.astimezone(UTC)
    span = Span(starts_at, starts_at + CONSULTATION)
    booking_id = shown_id()
    booking = Booking(
        id=booking_id,
        kind=SessionKind.CONSULTATION,
        state=BookingState.BOOKED,
        enquiry_id=enquiry_id,
        partner_ids=[],
        practitioner_ids=[_occupied_practitioner(db, booking_id, span, now=now)],
        starts_at=span.start,
        ends_at=span.end,
        zone=current_practice(db).zone,
    )
    db.add(booking)
    db.flush()
    announce(db, booking.id, PublicState.CONFIRMED, released_at=now)
    outbox.record(db, booked_event(booking))
    return booking


def _occupied_practitioner(db: Session, booking_id: UUID, span: Span, *, now: datetime) -> UUID:
    """The first practitioner who is available and not taken by somebody else meanwhile."""
    is_offered_time = now + LEAD_TIME <= span.start and span.end <= now + LOOK_AHEAD
    available = [one for one, rules in sorted(weekly_rules(db).items()) if is_available(rules, span)]
    if not is_offered_time or next_quarter_hour(span.start) != span.start or not available:
        raise OutsideAvailability
    for practitioner_id in available:
        try:
            occupy(db, booking_id, practitioner_ids=[practitioner_id], starts_at=span.start, ends_at=span.end)
            return practitioner_id
        except SlotTaken:
            continue
    raise SlotTaken
