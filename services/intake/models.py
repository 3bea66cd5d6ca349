"""Intake's tables."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from shared.db.columns import OfPractice, Rows, Versioned, contact, plumbing
from shared.ids import shown_id


class Base(Rows):
    """Intake's own metadata."""

    __abstract__ = True


class Enquiry(OfPractice, Versioned, Base):
    """Somebody asked for the free consultation."""

    __tablename__ = "enquiry"

    id: Mapped[UUID] = plumbing(primary_key=True, default=shown_id)
    contact_id: Mapped[UUID] = plumbing()
    display_name: Mapped[str] = contact()
    received_at: Mapped[datetime] = plumbing()
