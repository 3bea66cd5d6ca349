"""The consent ledger: where each person's consent to one medicine session stands, and every act."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from services.sessions.models.base import Base
from shared.db.columns import OfPractice, plumbing
from shared.ids import new_id


class Consent(OfPractice, Base):
    """One person's consent to one medicine session. Changed only under the lock of that session's row."""

    __tablename__ = "consent"

    session_id: Mapped[UUID] = plumbing(primary_key=True)
    person_id: Mapped[UUID] = plumbing(primary_key=True)
    state: Mapped[str] = plumbing()
    text_version: Mapped[str | None] = plumbing()


class ConsentAct(OfPractice, Base):
    """Given, reaffirmed or withdrawn: who, for which session and text, when. Insert-only."""

    __tablename__ = "consent_act"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    session_id: Mapped[UUID] = plumbing()
    person_id: Mapped[UUID] = plumbing()
    state: Mapped[str] = plumbing()
    text_version: Mapped[str | None] = plumbing()
    at: Mapped[datetime] = plumbing()
