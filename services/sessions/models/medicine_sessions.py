"""Medicine sessions and the transport plans they need."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from services.sessions.models.base import Base
from shared.db.columns import OfPractice, Versioned, plumbing
from shared.ids import shown_id


class MedicineSession(OfPractice, Versioned, Base):
    """A medicine session. Its row is the lock under which consent, gate, start and end decide (rule C1)."""

    __tablename__ = "medicine_session"

    id: Mapped[UUID] = plumbing(primary_key=True, default=shown_id)
    couple_id: Mapped[UUID] = plumbing()
    programme: Mapped[str] = plumbing()
    state: Mapped[str] = plumbing()
    taking_ids: Mapped[list[UUID]] = plumbing()
    attending_ids: Mapped[list[UUID]] = plumbing()
    practitioner_ids: Mapped[list[UUID]] = plumbing()
    room_id: Mapped[UUID] = plumbing()
    starts_at: Mapped[datetime] = plumbing()
    ends_at: Mapped[datetime] = plumbing()
    zone: Mapped[str] = plumbing()
    frees_at: Mapped[datetime | None] = plumbing()  # while held: when the slot is given up
    started_at: Mapped[datetime | None] = plumbing()
    started_by: Mapped[UUID | None] = plumbing()
    # The practitioner who vouched for facts that were not fresh at the start, and when.
    facts_confirmed_by: Mapped[UUID | None] = plumbing()
    facts_confirmed_at: Mapped[datetime | None] = plumbing()
    # The database came back from a backup: what was decided between the two may be missing here.
    facts_lost_at: Mapped[datetime | None] = plumbing(default=None)
    is_stopped: Mapped[bool] = plumbing(
        default=False
    )  # a consent was withdrawn after the start: no further dose
    ended_at: Mapped[datetime | None] = plumbing()

    @property
    def people(self) -> list[UUID]:
        """Everybody of the couple who takes part, in an order that tells nothing."""
        return sorted([*self.taking_ids, *self.attending_ids])


class TransportPlan(OfPractice, Base):
    """How one person gets home is arranged. Withdrawn: the row goes."""

    __tablename__ = "transport_plan"

    session_id: Mapped[UUID] = plumbing(primary_key=True)
    person_id: Mapped[UUID] = plumbing(primary_key=True)
    recorded_by: Mapped[UUID] = plumbing()
    recorded_at: Mapped[datetime] = plumbing()
