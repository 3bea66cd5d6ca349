"""What can be occupied, and by what: rule B1 stands in the occupancy table's exclusion constraint."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import Mapped

from services.sessions.models.base import Base
from shared.db.columns import OfPractice, plumbing, public
from shared.ids import new_id


class Room(OfPractice, Base):
    """A room of the practice."""

    __tablename__ = "room"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    name: Mapped[str] = public()
    kind: Mapped[str] = plumbing()


class Resource(OfPractice, Base):
    """A practitioner, room or partner as something that can be occupied; numbers are unique over practices."""

    __tablename__ = "resource"

    resource_no: Mapped[int] = plumbing(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = plumbing()
    ref: Mapped[UUID] = plumbing()


class Occupancy(OfPractice, Base):
    """One resource is taken for one session; no two of a resource overlap (exclusion constraint)."""

    __tablename__ = "occupancy"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    session_id: Mapped[UUID] = plumbing()
    resource_no: Mapped[int] = plumbing()
    during: Mapped[Range[datetime]] = plumbing(TSTZRANGE)
