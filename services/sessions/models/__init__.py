"""Sessions' tables, by noun."""

from services.sessions.models.base import Base
from services.sessions.models.bookings import Booking, PublicChange
from services.sessions.models.care import (
    BreakGlass,
    CheckIn,
    Couple,
    Enquiry,
    PreparationDone,
    ReadinessDecision,
)
from services.sessions.models.consents import Consent, ConsentAct
from services.sessions.models.medicine_sessions import MedicineSession, TransportPlan
from services.sessions.models.observations import Observation
from services.sessions.models.practitioners import Availability, Licence, Practitioner
from services.sessions.models.resources import Occupancy, Resource, Room

__all__ = [
    "Availability",
    "Base",
    "Booking",
    "BreakGlass",
    "CheckIn",
    "Consent",
    "ConsentAct",
    "Couple",
    "Enquiry",
    "Licence",
    "MedicineSession",
    "Observation",
    "Occupancy",
    "Practitioner",
    "PreparationDone",
    "PublicChange",
    "ReadinessDecision",
    "Resource",
    "Room",
    "TransportPlan",
]
