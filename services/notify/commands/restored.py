"""After a restore: nothing is sent twice, and no alert is lost.

What was due between the backup and the restore most likely went out, and the deliveries that say so are lost. So its
mail is held, for a person to see to; the inbox in the app still shows it. Alerts are not held: one too many is better.
"""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.notify.domain.occasions import Occasion
from services.notify.mail.outcomes import finish
from services.notify.models import Delivery, Notice
from shared.clock import Clock
from shared.db.plumbing import timer
from shared.db.tenancy import practice_of
from shared.events.integration import SafetyConcernRaised
from shared.events.sessions import ConsentWithdrawn, MedicineSessionOverdue
from shared.path.restored import Restored


def hold_what_may_have_gone_out(db: Session, now: datetime) -> int:
    """Hold every notice and mail that is due by now, alerts aside; how many. Doing it twice changes nothing more."""
    return _hold_mails(db, now=now) + _hold_notices(db)


def _hold_mails(db: Session, *, now: datetime) -> int:
    held = 0
    for delivery_id in _due(db, "mail"):
        delivery = db.get(Delivery, delivery_id, with_for_update=True)
        if delivery is None or delivery.state != "waiting" or delivery.occasion == Occasion.ALERT:
            continue
        finish(delivery, "held", now=now)
        db.execute(delete(timer).where(timer.c.kind == "mail", timer.c.ref == delivery_id))
        held += 1
    db.flush()
    return held


def _hold_notices(db: Session) -> int:
    """They are decided as ever, by facts that are fresh then, and fill inboxes; their mail is held."""
    held = 0
    for notice_id in _due(db, "notice"):
        notice = db.get(Notice, notice_id, with_for_update=True)
        if notice is not None and not notice.is_held and notice.told_at is None:
            notice.is_held = True
            held += 1
    db.flush()
    return held


def _due(db: Session, kind: str) -> list[object]:
    clock: Clock = db.info["clock"]
    due = select(timer.c.ref).where(
        timer.c.practice_id == practice_of(db), timer.c.kind == kind, timer.c.fire_at <= clock()
    )
    return list(db.scalars(due))


RESTORED = Restored(
    hold_what_may_have_gone_out,
    waits=frozenset({"notice", "alert"}),  # `mail` is no timer of the worker's loop: the sender claims it
    still_acts_on=frozenset({SafetyConcernRaised, ConsentWithdrawn, MedicineSessionOverdue}),
    says="{count} notices were due: they may have gone out, so their mail is held (front desk: Messages)",
)
