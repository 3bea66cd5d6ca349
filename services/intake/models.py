"""Intake's tables."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, relationship

from shared.confidentiality import ConfidentialityPolicy
from shared.db.columns import OfPractice, Rows, Versioned, clinical, contact, plumbing
from shared.db.private import Private
from shared.ids import new_id, shown_id


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


class Partner(OfPractice, Base):
    """One person of a couple; the id is their person_id everywhere."""

    __tablename__ = "partner"

    id: Mapped[UUID] = plumbing(primary_key=True, default=shown_id)
    couple_id: Mapped[UUID] = plumbing(ForeignKey("couple.id"))
    position: Mapped[int] = plumbing()  # as named at registration
    display_name: Mapped[str] = contact()
    state: Mapped[str] = plumbing()


class Couple(OfPractice, Versioned, Base):
    """The unit of care, and who treats it. Its version moves with the care team only."""

    __tablename__ = "couple"

    id: Mapped[UUID] = plumbing(primary_key=True, default=shown_id)
    enquiry_id: Mapped[UUID | None] = plumbing(ForeignKey("enquiry.id"))
    practitioner_ids: Mapped[list[UUID]] = plumbing(default=list)
    registered_at: Mapped[datetime] = plumbing()
    partners: Mapped[list[Partner]] = relationship(lazy="selectin", order_by=Partner.position)


class IntentionPart(Private, Versioned, Base):
    """What one partner wrote for themselves; the other partner's queries never touch this table."""

    __tablename__ = "intention_part"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    couple_id: Mapped[UUID] = plumbing(ForeignKey("couple.id"))
    person_id: Mapped[UUID] = plumbing(ForeignKey("partner.id"))
    part: Mapped[str] = plumbing()
    text: Mapped[bytes] = clinical()
    # The strictest confidentiality policy of all under which it was written: earlier words may still be in it.
    told_under: Mapped[str] = plumbing(default=ConfidentialityPolicy.DISCRETION)


class SharedIntentionPart(Private, Base):
    """The snapshot of a part that its writer shares; here only while it is shared."""

    __tablename__ = "shared_intention_part"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    couple_id: Mapped[UUID] = plumbing(ForeignKey("couple.id"))
    person_id: Mapped[UUID] = plumbing(ForeignKey("partner.id"))
    part: Mapped[str] = plumbing()
    text: Mapped[bytes] = clinical()


class Preparation(OfPractice, Base):
    """A practitioner recorded that a partner's preparation is done."""

    __tablename__ = "preparation"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    couple_id: Mapped[UUID] = plumbing(ForeignKey("couple.id"))
    person_id: Mapped[UUID] = plumbing(ForeignKey("partner.id"))
    completed_by: Mapped[UUID] = plumbing()
    completed_at: Mapped[datetime] = plumbing()


class ReadinessDecision(Private, Base):
    """One decision on one partner's readiness; never changed, the one with the highest sequence holds."""

    __tablename__ = "readiness_decision"
    OWNED_BY = "decided_by"  # the reason is the practitioner's words

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    couple_id: Mapped[UUID] = plumbing(ForeignKey("couple.id"))
    person_id: Mapped[UUID] = plumbing(ForeignKey("partner.id"))
    sequence: Mapped[int] = (
        plumbing()
    )  # per partner, given under the couple's lock: no clock decides what holds
    decision: Mapped[str] = plumbing()
    reason: Mapped[bytes] = clinical()
    decided_by: Mapped[UUID] = plumbing()
    decided_at: Mapped[datetime] = plumbing()
    expires_at: Mapped[datetime | None] = plumbing()


class ConfidentialityChange(OfPractice, Base):
    """From then on this policy holds. Insert-only; of a couple without one, discretion holds since registration."""

    __tablename__ = "confidentiality_change"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    couple_id: Mapped[UUID] = plumbing(ForeignKey("couple.id"))
    sequence: Mapped[int] = plumbing()  # per couple, given under its lock; 1 is what was said at registration
    policy: Mapped[str] = plumbing()
    since: Mapped[datetime] = plumbing()
    changed_by: Mapped[UUID] = plumbing()


class ToldFirst(OfPractice, Base):
    """A practitioner told a partner, before anything else, that these words of theirs may come up together.

    Of the words in this version: what is written afterwards was not told yet.
    """

    __tablename__ = "told_first"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    couple_id: Mapped[UUID] = plumbing(ForeignKey("couple.id"))
    person_id: Mapped[UUID] = plumbing(ForeignKey("partner.id"))
    intention_part_id: Mapped[UUID] = plumbing(ForeignKey("intention_part.id"))
    part_version: Mapped[int] = plumbing()
    told_by: Mapped[UUID] = plumbing()
    told_at: Mapped[datetime] = plumbing()


class BreakGlass(Private, Base):
    """A clinician outside the care team opened a couple's data, or one partner's, for a limited time."""

    __tablename__ = "break_glass"
    OWNED_BY = "practitioner_id"  # the reason is the words of who opened it

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    couple_id: Mapped[UUID] = plumbing(ForeignKey("couple.id"))
    person_id: Mapped[UUID | None] = plumbing(ForeignKey("partner.id"))  # None: both partners
    practitioner_id: Mapped[UUID] = plumbing()
    reason: Mapped[bytes] = clinical()
    opened_at: Mapped[datetime] = plumbing()
    expires_at: Mapped[datetime] = plumbing()  # moved up when it is ended early, never back
    reviewed_by: Mapped[UUID | None] = plumbing()
    reviewed_at: Mapped[datetime | None] = plumbing()
    outcome: Mapped[str | None] = plumbing()


class ConflictMark(OfPractice, Base):
    """This practitioner can't treat this couple, nor open its data. Why is nobody's business here.

    Of a couple and a practitioner one mark stands at most; one that was taken back stays, with who did so.
    """

    __tablename__ = "conflict_mark"

    id: Mapped[UUID] = plumbing(primary_key=True, default=new_id)
    couple_id: Mapped[UUID] = plumbing(ForeignKey("couple.id"))
    practitioner_id: Mapped[UUID] = plumbing()
    marked_by: Mapped[UUID] = plumbing()
    marked_at: Mapped[datetime] = plumbing()
    lifted_by: Mapped[UUID | None] = plumbing()
    lifted_at: Mapped[datetime | None] = plumbing()
