"""What sessions knows from other services' events: enquiries, couples, readiness, preparation, check-ins."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import SmallInteger
from sqlalchemy.orm import Mapped

from services.sessions.models.base import Base
from shared.db.broken_glass import BrokenGlass
from shared.db.columns import OfPractice, plumbing
from shared.db.conflict_marks import WithConflicts


class Enquiry(OfPractice, Base):
    """Somebody who may book one free consultation."""

    __tablename__ = "enquiry"

    enquiry_id: Mapped[UUID] = plumbing(primary_key=True)


class Couple(WithConflicts, Base):
    """A couple, its partners, who treats them and who must not. No partners until CoupleRegistered has arrived."""

    __tablename__ = "couple"

    partner_ids: Mapped[list[UUID]] = plumbing(default=list)
    practitioner_ids: Mapped[list[UUID]] = plumbing(default=list)


class BreakGlass(BrokenGlass, Base):
    """A clinician outside the care team may read until then, as intake said."""

    __tablename__ = "break_glass"


class ReadinessDecision(OfPractice, Base):
    """The latest decision on one partner's readiness."""

    __tablename__ = "readiness_decision"

    person_id: Mapped[UUID] = plumbing(primary_key=True)
    couple_id: Mapped[UUID] = plumbing(primary_key=True)
    decision: Mapped[str] = plumbing()
    expires_at: Mapped[datetime | None] = plumbing()


class PreparationDone(OfPractice, Base):
    """A practitioner recorded that this partner's preparation is done."""

    __tablename__ = "preparation_done"

    person_id: Mapped[UUID] = plumbing(primary_key=True)
    couple_id: Mapped[UUID] = plumbing(primary_key=True)
    at: Mapped[datetime] = plumbing()


class CheckIn(OfPractice, Base):
    """An answered check-in: whether the care team should look before another medicine session."""

    __tablename__ = "check_in"

    check_in_id: Mapped[UUID] = plumbing(primary_key=True)
    couple_id: Mapped[UUID] = plumbing()
    person_id: Mapped[UUID] = plumbing()
    day: Mapped[int] = plumbing(SmallInteger)
    is_clear: Mapped[bool] = plumbing()
