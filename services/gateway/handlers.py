"""What gateway does with others' events and with time."""

from collections.abc import Mapping, Sequence

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.gateway.models import Partner
from shared.events.base import Event, Received
from shared.events.intake import CoupleRegistered
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


PROJECTIONS: Mapping[type[Event], Projection] = {CoupleRegistered: project_couple_registered}
REACTIONS: Mapping[type[Event], Reaction] = {}
TIMERS: Mapping[str, TimerHandler] = {}
