"""What notify does when a time has come. Timers of the kind `mail` are claimed by the sender (mail/delivering.py)."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from services.notify.commands import alerts, appointments, contacts, notices
from services.notify.mail.outcomes import mark_uncertain
from shared.path.timers import DueTimer, TimerHandler


def fire_notice(db: Session, due: DueTimer, now: datetime) -> None:
    notices.decide_notice(db, due.ref, now=now)


def fire_release(db: Session, due: DueTimer, now: datetime) -> None:
    appointments.tell_public_state(db, due.ref, now=now)


def fire_alert(db: Session, due: DueTimer, now: datetime) -> None:
    alerts.climb(db, due.ref, now=now)


def fire_erase_contact(db: Session, due: DueTimer, _: datetime) -> None:
    contacts.erase_unclaimed(db, due.ref)


def fire_mail_guard(db: Session, due: DueTimer, now: datetime) -> None:
    mark_uncertain(db, due.ref, lost_at=datetime.fromisoformat(due.occurrence), now=now)


TIMERS: Mapping[str, TimerHandler] = {
    "notice": fire_notice,
    "release": fire_release,
    "alert": fire_alert,
    "erase_contact": fire_erase_contact,
    "mail_guard": fire_mail_guard,
}
