"""Projections of people: staff, couples, who treats them and who must not, and whose each contact point is."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notify.commands.contacts import claim_contact, trust_contact
from services.notify.models import ContactPoint, Couple, Member
from shared.db.conflict_marks import projections_into
from shared.db.tenancy import practice_of
from shared.events.base import Received
from shared.events.gateway import InvitationAccepted, PartnerInvited, StaffJoined, StaffLeft
from shared.events.intake import CareTeamChanged, CoupleRegistered, EnquiryReceived


def project_staff_joined(db: Session, events: Sequence[Received[StaffJoined]]) -> None:
    """Who works here, as what, and where to reach them. Repeating it sets the same; the first claim stands."""
    latest = {
        one.event.person_id: {
            "practice_id": practice_of(db),
            "person_id": one.event.person_id,
            "roles": [role.value for role in one.event.roles],
        }
        for one in events
    }
    statement = insert(Member).values(list(latest.values()))
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["practice_id", "person_id"], set_={"roles": statement.excluded.roles}
        )
    )
    for one in events:
        claim_contact(
            db, one.event.contact_id, person_id=one.event.person_id, is_safe=True, at=one.occurred_at
        )


def project_staff_left(db: Session, events: Sequence[Received[StaffLeft]]) -> None:
    """Somebody works here no more, and is told of nothing: no role, no safe address. Repeating it changes nothing."""
    gone = {one.event.person_id for one in events}
    statement = insert(Member).values(
        [{"practice_id": practice_of(db), "person_id": person_id, "roles": []} for person_id in gone]
    )
    db.execute(
        statement.on_conflict_do_update(index_elements=["practice_id", "person_id"], set_={"roles": []})
    )
    db.execute(update(ContactPoint).where(ContactPoint.person_id.in_(gone)).values(is_safe=False))


def project_partner_invited(db: Session, events: Sequence[Received[PartnerInvited]]) -> None:
    """Whose the contact point is. It is not safe until its owner has used it. The first claim stands."""
    for one in events:
        claim_contact(
            db, one.event.contact_id, person_id=one.event.person_id, is_safe=False, at=one.occurred_at
        )


def project_invitation_accepted(db: Session, events: Sequence[Received[InvitationAccepted]]) -> None:
    """The partner has read what was sent there: notices may go there too. Repeating it changes nothing."""
    for one in events:
        trust_contact(db, one.event.person_id, one.event.contact_id, at=one.occurred_at)


def project_enquiry_received(db: Session, events: Sequence[Received[EnquiryReceived]]) -> None:
    """The enquirer gave this contact point themselves. The first claim stands."""
    for one in events:
        claim_contact(
            db, one.event.contact_id, enquiry_id=one.event.enquiry_id, is_safe=True, at=one.occurred_at
        )


def project_couple_registered(db: Session, events: Sequence[Received[CoupleRegistered]]) -> None:
    """The people of each couple; who treats them may be known already. Repeating it sets the same."""
    _project_couples(db, "partner_ids", {one.event.couple_id: one.event.partner_ids for one in events})


def project_care_team_changed(db: Session, events: Sequence[Received[CareTeamChanged]]) -> None:
    """Who treats each couple; the couple itself may not be known yet. Repeating it sets the same."""
    _project_couples(
        db, "practitioner_ids", {one.event.couple_id: one.event.practitioner_ids for one in events}
    )


project_conflict_marked, project_conflict_mark_lifted = projections_into(Couple)


def _project_couples(db: Session, column: str, latest: dict[UUID, tuple[UUID, ...]]) -> None:
    rows = [
        {"practice_id": practice_of(db), "couple_id": couple_id, column: list(ids)}
        for couple_id, ids in latest.items()
    ]
    statement = insert(Couple).values(rows)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["practice_id", "couple_id"], set_={column: statement.excluded[column]}
        )
    )
