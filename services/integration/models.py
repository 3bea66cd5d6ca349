"""Integration's tables. `person_id` is always the partner whose row it is: the owner of what is sealed in it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from services.integration.domain import CheckInState, ConcernState
from shared.db.broken_glass import BrokenGlass
from shared.db.columns import OfPractice, Rows, Versioned, clinical, plumbing
from shared.db.private import Private
from shared.ids import new_id, shown_id


class Base(Rows):
    """Integration's own metadata."""

    __abstract__ = True


class OfPerson(Private):
    """A row that holds words of one partner."""

    id: Mapped[UUID] = plumbing(primary_key=True, default=shown_id)
    person_id: Mapped[UUID] = plumbing()


class CouplePartner(OfPractice, Base):
    """Who is in a couple, as intake last said."""

    __tablename__ = "couple_partner"

    couple_id: Mapped[UUID] = plumbing(primary_key=True)
    person_id: Mapped[UUID] = plumbing(primary_key=True)


class CareTeamMember(OfPractice, Base):
    """Who treats a couple, as intake last said."""

    __tablename__ = "care_team_member"

    couple_id: Mapped[UUID] = plumbing(primary_key=True)
    practitioner_id: Mapped[UUID] = plumbing(primary_key=True)


class ConfidentialityChange(OfPractice, Base):
    """From then on this policy holds for the couple, as intake said. Before the first one, discretion did."""

    __tablename__ = "confidentiality_change"

    couple_id: Mapped[UUID] = plumbing(primary_key=True)
    sequence: Mapped[int] = plumbing(primary_key=True)
    policy: Mapped[str] = plumbing()
    since: Mapped[datetime] = plumbing()


class BreakGlass(BrokenGlass, Base):
    """A clinician outside the care team may read until then, as intake said."""

    __tablename__ = "break_glass"


class AttendedIntegration(OfPractice, Base):
    """A partner attended an integration session, as sessions said."""

    __tablename__ = "attended_integration"

    session_id: Mapped[UUID] = plumbing(primary_key=True)
    person_id: Mapped[UUID] = plumbing(primary_key=True)
    couple_id: Mapped[UUID] = plumbing()
    at: Mapped[datetime] = plumbing()


class Journey(OfPractice, Base):
    """One partner's own way after one medicine session."""

    __tablename__ = "journey"

    id: Mapped[UUID] = plumbing(primary_key=True, default=shown_id)
    session_id: Mapped[UUID] = plumbing()
    couple_id: Mapped[UUID] = plumbing()
    person_id: Mapped[UUID] = plumbing()
    opened_at: Mapped[datetime] = plumbing()


class JournalEntry(OfPerson, Versioned, Base):
    """What a partner wrote, for nobody else. `audience` says who was given a snapshot of it."""

    __tablename__ = "journal_entry"

    channel: Mapped[str] = plumbing()
    text: Mapped[bytes] = clinical()
    mood: Mapped[bytes | None] = clinical()
    audience: Mapped[str | None] = plumbing()
    written_at: Mapped[datetime] = plumbing()


class JournalSnapshot(OfPerson, Base):
    """An entry as it was when it was shared. Its id is its own and new with each sharing."""

    __tablename__ = "journal_snapshot"

    entry_id: Mapped[UUID] = plumbing()
    couple_id: Mapped[UUID] = plumbing()
    audience: Mapped[str] = plumbing()
    reader_id: Mapped[UUID | None] = plumbing()  # the very partner it was shared with, nobody who comes later
    channel: Mapped[str] = plumbing()
    text: Mapped[bytes] = clinical()
    mood: Mapped[bytes | None] = clinical()
    shared_at: Mapped[datetime] = plumbing()
    # Since when practitioners read it without a break, through all its sharings; None: since this one, or never.
    told_at: Mapped[datetime | None] = plumbing()


class CheckIn(OfPerson, Base):
    """One partner's check-in of one day of their journey."""

    __tablename__ = "check_in"

    journey_id: Mapped[UUID] = plumbing()
    couple_id: Mapped[UUID] = plumbing()
    day: Mapped[int] = plumbing()
    state: Mapped[str] = plumbing(default=CheckInState.OPEN)
    opened_at: Mapped[datetime] = plumbing()
    closed_at: Mapped[datetime | None] = plumbing()
    answers: Mapped[bytes | None] = clinical()


class SafetyConcern(OfPerson, Base):
    """An answer that somebody of the care team must look at. Partners never see one, not even their own."""

    __tablename__ = "safety_concern"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    couple_id: Mapped[UUID] = plumbing()
    check_in_id: Mapped[UUID] = plumbing()
    urgency: Mapped[str] = plumbing()
    kinds: Mapped[bytes] = clinical()
    state: Mapped[str] = plumbing(default=ConcernState.OPEN)
    raised_at: Mapped[datetime] = plumbing()
    acknowledged_by: Mapped[UUID | None] = plumbing()
    acknowledged_at: Mapped[datetime | None] = plumbing()


class ToldFirst(OfPractice, Base):
    """A practitioner told a partner, before anything else, that this piece of theirs may come up together.

    A piece is a snapshot of their journal or a safety concern. No partner ever sees one.
    """

    __tablename__ = "told_first"

    piece_id: Mapped[UUID] = plumbing(primary_key=True)
    couple_id: Mapped[UUID] = plumbing()
    person_id: Mapped[UUID] = plumbing()
    told_by: Mapped[UUID] = plumbing()
    told_at: Mapped[datetime] = plumbing()
