"""What was seen and measured on the day of a medicine session."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from services.sessions.models.base import Base
from shared.db.columns import clinical, plumbing
from shared.db.private import Private
from shared.ids import new_id


class Observation(Private, Base):
    """One entry of the observation log, of one person. Insert-only: a mistake is answered by a further entry."""

    __tablename__ = "observation"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    session_id: Mapped[UUID] = plumbing()
    person_id: Mapped[UUID] = plumbing()
    blood_pressure: Mapped[bytes | None] = clinical(key_class="record")  # "128/82", in mmHg
    note: Mapped[bytes | None] = clinical(key_class="record")
    observed_at: Mapped[datetime] = plumbing()
    recorded_by: Mapped[UUID] = plumbing()
    recorded_at: Mapped[datetime] = plumbing()
