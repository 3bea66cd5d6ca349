"""Notify's tables. Addresses and links are sealed; no text of any message is stored."""

from datetime import datetime, time
from uuid import UUID

from sqlalchemy.orm import Mapped

from shared.db.columns import OfPractice, Rows, Versioned, clinical, plumbing, public
from shared.db.conflict_marks import WithConflicts
from shared.db.private import Private
from shared.ids import new_id, shown_id


class Base(Rows):
    """Notify's own metadata."""

    __abstract__ = True


class ContactPoint(Private, Base):
    """One address. It belongs to nobody until an event claims it; unclaimed it is erased after 24 h."""

    __tablename__ = "contact_point"
    OWNED_BY = "id"  # it has no person yet when it is stored
    OF_PERSON = "person_id"

    id: Mapped[UUID] = plumbing(primary_key=True, default=shown_id)
    address: Mapped[bytes] = clinical(key_class="contact")
    channel: Mapped[str] = plumbing()
    person_id: Mapped[UUID | None] = plumbing(default=None)
    enquiry_id: Mapped[UUID | None] = plumbing(default=None)
    is_safe: Mapped[bool] = plumbing(default=False)  # its owner gave or confirmed it
    is_refused: Mapped[bool] = plumbing(default=False)  # its owner said that mail there is not safe
    created_at: Mapped[datetime] = plumbing()
    claimed_at: Mapped[datetime | None] = plumbing(default=None)


class Preference(OfPractice, Versioned, Base):
    """How one person wants to be told."""

    __tablename__ = "preference"

    person_id: Mapped[UUID] = plumbing(primary_key=True)
    language: Mapped[str] = plumbing()
    quiet_from: Mapped[time | None] = plumbing(default=None)
    quiet_until: Mapped[time | None] = plumbing(default=None)
    zone: Mapped[str] = plumbing()


class Sender(OfPractice, Versioned, Base):
    """The discreet name a practice's messages come from: one row for each practice."""

    __tablename__ = "sender"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    display_name: Mapped[str] = public()


class Member(OfPractice, Base):
    """Somebody who works for the practice."""

    __tablename__ = "member"

    person_id: Mapped[UUID] = plumbing(primary_key=True)
    roles: Mapped[list[str]] = plumbing()


class Couple(WithConflicts, Base):
    """What intake tells of a couple: the people in it, who treats them and who must not. None: not told yet."""

    __tablename__ = "couple"

    partner_ids: Mapped[list[UUID] | None] = plumbing(default=None)
    practitioner_ids: Mapped[list[UUID] | None] = plumbing(default=None)


class Appointment(OfPractice, Base):
    """What sessions tells of an appointment of care, and what the partners have been told of it."""

    __tablename__ = "appointment"

    session_id: Mapped[UUID] = plumbing(primary_key=True)
    kind: Mapped[str] = plumbing()
    state: Mapped[str] = plumbing()
    couple_id: Mapped[UUID | None] = plumbing(default=None)
    enquiry_id: Mapped[UUID | None] = plumbing(default=None)
    partner_ids: Mapped[list[UUID]] = plumbing()
    practitioner_ids: Mapped[list[UUID]] = plumbing()
    starts_at: Mapped[datetime | None] = plumbing(default=None)
    released_at: Mapped[datetime | None] = plumbing(default=None)  # medicine only: when partners may know
    told_state: Mapped[str | None] = plumbing(default=None)
    told_count: Mapped[int] = plumbing(default=0)  # medicine: public changes; else: cancellations


class CheckIn(OfPractice, Base):
    """A check-in of one partner and whether it still waits for an answer."""

    __tablename__ = "check_in"

    check_in_id: Mapped[UUID] = plumbing(primary_key=True)
    person_id: Mapped[UUID] = plumbing()
    is_answered: Mapped[bool] = plumbing(default=False)


class Sharing(OfPractice, Base):
    """Something that somebody shares at this moment. Taken back, the row goes."""

    __tablename__ = "sharing"

    sharing_id: Mapped[UUID] = plumbing(primary_key=True)


class Notice(OfPractice, Base):
    """Something to tell: unique by occasion and occurrence. Whether and whom is decided when it is due."""

    __tablename__ = "notice"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    occasion: Mapped[str] = plumbing()
    occurrence: Mapped[str] = plumbing()
    about_id: Mapped[UUID] = plumbing()  # the session, check-in, sharing, alert or contact point it is about
    couple_id: Mapped[UUID | None] = plumbing(default=None)
    person_id: Mapped[UUID | None] = plumbing(default=None)  # whose doing or whose check-in it is
    audience: Mapped[str | None] = plumbing(default=None)
    occasion_at: Mapped[datetime | None] = plumbing(default=None)
    created_at: Mapped[datetime] = plumbing()
    told_at: Mapped[datetime | None] = plumbing(default=None)
    is_held: Mapped[bool] = plumbing(default=False)  # due before a restore: its mail may have gone out


class Delivery(Private, Base):
    """One notice to one recipient over one channel. The unique key is what makes it at most one."""

    __tablename__ = "delivery"
    OWNED_BY = "contact_id"  # the link goes with the address it was for

    id: Mapped[UUID] = plumbing(primary_key=True, default=shown_id)
    notice_id: Mapped[UUID] = plumbing()
    recipient_id: Mapped[UUID] = plumbing()  # the person, or the contact point of somebody without a login
    person_id: Mapped[UUID | None] = plumbing(default=None)
    contact_id: Mapped[UUID | None] = plumbing(default=None)
    occasion: Mapped[str] = plumbing()
    occurrence: Mapped[str] = plumbing()
    occasion_at: Mapped[datetime | None] = plumbing(default=None)
    channel: Mapped[str] = plumbing()
    state: Mapped[str] = plumbing()
    attempts: Mapped[int] = plumbing(default=0)
    link: Mapped[bytes | None] = clinical(
        default=None, key_class="contact"
    )  # an invitation's, sealed; erased when it is done
    is_read: Mapped[bool] = plumbing(default=False)
    created_at: Mapped[datetime] = plumbing()
    changed_at: Mapped[datetime] = plumbing()


class Alert(OfPractice, Base):
    """The care team must look. Climbs from person to person until somebody acknowledges it (or it is closed)."""

    __tablename__ = "alert"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    kind: Mapped[str] = plumbing()
    source_id: Mapped[UUID] = plumbing()  # the concern, or the event it comes from
    couple_id: Mapped[UUID] = plumbing()
    person_id: Mapped[UUID | None] = plumbing(default=None)
    session_id: Mapped[UUID | None] = plumbing(default=None)  # whose end closes it
    also_ids: Mapped[list[UUID]] = (
        plumbing()
    )  # practitioners of the very session, should the team not be known
    step: Mapped[int] = plumbing(default=0)  # how often it has climbed
    rank: Mapped[int] = plumbing(default=0)  # who is next; 0 until there was a care team to tell
    state: Mapped[str] = plumbing(default="open")
    raised_at: Mapped[datetime] = plumbing()
    acknowledged_by: Mapped[UUID | None] = plumbing(default=None)
    acknowledged_at: Mapped[datetime | None] = plumbing(default=None)
