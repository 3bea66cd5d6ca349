"""What intake does with others' events and with time."""

from collections.abc import Mapping, Sequence

from sqlalchemy import tuple_, update
from sqlalchemy.orm import Session

from services.intake.domain import PartnerState, states_before
from services.intake.models import Partner
from shared.audit.by_workers import Audits
from shared.db.practice import project_practice_clock_moved, project_practice_created
from shared.events.base import Event, Received
from shared.events.gateway import InvitationAccepted, PartnerInvited, PracticeClockMoved, PracticeCreated
from shared.path.handlers import Projection, Reaction
from shared.path.timers import TimerHandler


def project_partner_invited(db: Session, events: Sequence[Received[PartnerInvited]]) -> None:
    """These partners were sent an invitation."""
    _advance(db, events, PartnerState.INVITED)


def project_invitation_accepted(db: Session, events: Sequence[Received[InvitationAccepted]]) -> None:
    """These partners have a login of their own."""
    _advance(db, events, PartnerState.JOINED)


def _advance(
    db: Session, events: Sequence[Received[PartnerInvited] | Received[InvitationAccepted]], to: PartnerState
) -> None:
    # Repeating it, late or out of order, is harmless: a state is only ever left for a later one. Intake minted
    # the person before anybody could invite them, so one it doesn't know is nobody's partner here.
    people = {(one.event.couple_id, one.event.person_id) for one in events}
    db.execute(
        update(Partner)
        .where(tuple_(Partner.couple_id, Partner.id).in_(people), Partner.state.in_(states_before(to)))
        .values(state=to)
        .execution_options(synchronize_session=False)
    )


PROJECTIONS: Mapping[type[Event], Projection] = {
    PracticeCreated: project_practice_created,
    PracticeClockMoved: project_practice_clock_moved,
    PartnerInvited: project_partner_invited,
    InvitationAccepted: project_invitation_accepted,
}
REACTIONS: Mapping[type[Event], Reaction] = {}
TIMERS: Mapping[str, TimerHandler] = {}
AUDITS: Audits = {}
