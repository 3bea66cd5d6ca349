"""What the other services are told of a booking."""

from services.sessions.models import Booking
from shared.events.base import Zone
from shared.events.sessions import SessionBooked, SessionKind


def booked_event(booking: Booking) -> SessionBooked:
    """The booking as it stands."""
    return SessionBooked(
        session_id=booking.id,
        kind=SessionKind(booking.kind),
        couple_id=booking.couple_id,
        enquiry_id=booking.enquiry_id,
        partner_ids=tuple(booking.partner_ids),
        practitioner_ids=tuple(booking.practitioner_ids),
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        zone=Zone(booking.zone),
    )
