"""Practitioners, their licences and their weekly availability."""

from datetime import date, time
from uuid import UUID

from sqlalchemy import Date, SmallInteger, Time
from sqlalchemy.orm import Mapped

from services.sessions.models.base import Base
from shared.db.columns import OfPractice, plumbing, public
from shared.ids import new_id


class Practitioner(OfPractice, Base):
    """A licensed clinician, known from StaffJoined. Somebody who is no clinician any more has no roles."""

    __tablename__ = "practitioner"

    person_id: Mapped[UUID] = plumbing(primary_key=True)
    roles: Mapped[list[str]] = plumbing()


class Licence(OfPractice, Base):
    """A licence of one practitioner, valid from its first through its last day."""

    __tablename__ = "licence"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    practitioner_id: Mapped[UUID] = plumbing()
    profession: Mapped[str] = public()
    jurisdiction: Mapped[str] = plumbing()
    valid_from: Mapped[date] = plumbing(Date)
    valid_until: Mapped[date] = plumbing(Date)


class Availability(OfPractice, Base):
    """A weekly span in local time; weekday 0 is Monday."""

    __tablename__ = "availability"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    practitioner_id: Mapped[UUID] = plumbing()
    weekday: Mapped[int] = plumbing(SmallInteger)
    from_time: Mapped[time] = plumbing(Time)
    until_time: Mapped[time] = plumbing(Time)
    zone: Mapped[str] = plumbing()
