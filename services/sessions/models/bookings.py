"""Appointments other than medicine sessions, and the released changes of every session's public state."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from services.sessions.models.base import Base
from shared.db.columns import OfPractice, Versioned, plumbing
from shared.ids import shown_id


class Booking(OfPractice, Versioned, Base):
    """An appointment in the calendar. Its time never changes: another time is another booking."""

    __tablename__ = "booking"

    id: Mapped[UUID] = plumbing(primary_key=True, default=shown_id)
    kind: Mapped[str] = plumbing()
    state: Mapped[str] = plumbing()
    couple_id: Mapped[UUID | None] = plumbing()
    enquiry_id: Mapped[UUID | None] = plumbing()
    partner_ids: Mapped[list[UUID]] = plumbing()
    practitioner_ids: Mapped[list[UUID]] = plumbing()
    room_id: Mapped[UUID | None] = plumbing()
    medicine_session_id: Mapped[UUID | None] = plumbing()
    starts_at: Mapped[datetime] = plumbing()
    ends_at: Mapped[datetime] = plumbing()
    zone: Mapped[str] = plumbing()
    # Its medicine session is held: partners and other services were told it is off, its time is still kept.
    is_called_off: Mapped[bool] = plumbing(default=False)


class PublicChange(OfPractice, Base):
    """A change of a session's public state and when partners learn of it. Insert-only."""

    __tablename__ = "public_change"

    session_id: Mapped[UUID] = plumbing(primary_key=True)
    number: Mapped[int] = plumbing(primary_key=True, autoincrement=False)
    state: Mapped[str] = plumbing()
    released_at: Mapped[datetime] = plumbing()
