"""What gateway does with others' events and with time."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.gateway.models import CareTeamMember, Partner
from shared.audit.by_workers import Audits
from shared.events.base import Event, Received
from shared.events.intake import CareTeamChanged, CoupleRegistered
from shared.path.handlers import Projection, Reaction
from shared.path.timers import TimerHandler


def project_couple_registered(db: Session, events: Sequence[Received[CoupleRegistered]]) -> None:
    """Keep who may be invited, and into which couple. Repeating it writes the same rows again."""
    rows = {
        person_id: {"practice_id": one.practice_id, "person_id": person_id, "couple_id": one.event.couple_id}
        for one in events
        for person_id in one.event.partner_ids
    }
    if not rows:
        return
    statement = insert(Partner).values(list(rows.values()))
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["practice_id", "person_id"], set_={"couple_id": statement.excluded.couple_id}
        )
    )


def project_care_team_changed(db: Session, events: Sequence[Received[CareTeamChanged]]) -> None:
    """Keep who treats each couple, known here or not yet: the last word replaces all before, repeats too."""
    teams = {one.event.couple_id: set(one.event.practitioner_ids) for one in events}
    db.execute(delete(CareTeamMember).where(CareTeamMember.couple_id.in_(teams)))
    rows = [
        {"couple_id": couple_id, "practitioner_id": practitioner_id}
        for couple_id, practitioner_ids in teams.items()
        for practitioner_id in practitioner_ids
    ]
    if rows:
        db.execute(insert(CareTeamMember).values(rows).on_conflict_do_nothing())


PROJECTIONS: Mapping[type[Event], Projection] = {
    CoupleRegistered: project_couple_registered,
    CareTeamChanged: project_care_team_changed,
}
REACTIONS: Mapping[type[Event], Reaction] = {}
TIMERS: Mapping[str, TimerHandler] = {}
AUDITS: Audits = {}
