"""The sender: claims due mails one by one, decides each anew, marks it, sends it, and notes the outcome.

A due mail is a timer of the kind `mail` (its ref is the delivery): timers can be claimed across practices.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.notify.commands.contacts import reachable_at
from services.notify.commands.notices import ASK_AGAIN, postponed
from services.notify.mail import outcomes
from services.notify.mail.letter import Letter, host_of
from services.notify.mail.postbox import Postbox
from services.notify.models import Delivery, Notice
from services.notify.queries import people, truth
from services.notify.queries.sending import is_wanted
from shared.audit.by_workers import opened
from shared.clock import Clock, utcnow
from shared.db.plumbing import timer
from shared.db.practice import practice_now
from shared.db.tenancy import Database, Scope, set_practice
from shared.path.failpoints import reach
from shared.path.timers import schedule
from shared.path.transient import is_transient
from shared.path.worker import Context

log = structlog.get_logger()
_POLL_S = 0.25
_MOST = 50
_WORKER = Scope(role="worker")
_BY: Mapping[str, Any] = {"relation": "timer", "by": "deliver"}


def deliver(context: Context) -> None:
    """The worker's sender thread, until told to stop. Started anew it goes on where it was."""
    smtp_url, public_url = context.settings.smtp_url, context.settings.public_url
    if smtp_url is None:
        log.warning("no mail server is set: mails wait", name="deliver")
        context.stop.wait()
        return
    while not context.stop.is_set():
        if deliver_once(context.database, smtp_url, utcnow, public_url=public_url) == 0:
            context.stop.wait(_POLL_S)


def deliver_once(
    database: Database, smtp_url: str, clock: Clock, *, public_url: str = "http://localhost:8000"
) -> int:
    """One round: see to the mails that are due, up to fifty; returns how many were seen to."""
    seen, is_open = 0, True
    with Postbox(smtp_url) as postbox:
        while seen < _MOST and _is_any_due(database, clock):
            # Connected before anything is marked, so that a server that is down leaves nothing uncertain.
            # One that can't be reached is not asked again for every mail of this round.
            is_open = is_open and postbox.is_open()
            claimed = _claim(database, clock, public_url, is_open=is_open)
            if claimed is None:
                break
            seen += 1
            if claimed.letter is not None:
                _send(database, postbox, claimed.practice_id, claimed.letter, claimed.mail)
    return seen


@dataclass(frozen=True)
class _Claimed:
    practice_id: UUID
    letter: Letter | None = None  # None: nothing to send (now)
    mail: bytes = b""


def _send(database: Database, postbox: Postbox, practice_id: UUID, letter: Letter, mail: bytes) -> None:
    reach("notify.before_send")
    sent = postbox.send(letter.return_path, letter.address, mail, is_utf8=letter.needs_utf8)
    reach("notify.after_send")
    with _locked(database, practice_id, letter.delivery_id) as (db, delivery):
        outcomes.conclude(db, delivery, sent, now=practice_now(db))


def _is_any_due(database: Database, clock: Clock) -> bool:
    with database.transaction(_WORKER) as db:
        due = select(timer.c.id).where(timer.c.kind == "mail", timer.c.fire_at <= clock()).limit(1)
        return db.execute(due).first() is not None


def _claim(database: Database, clock: Clock, public_url: str, *, is_open: bool) -> _Claimed | None:
    """Take the next due mail and mark it as being sent, if it still is to be; None when there is none."""
    delivery_id = practice_id = None
    try:
        with database.transaction(_WORKER) as db:
            row = db.execute(
                select(timer)
                .where(timer.c.kind == "mail", timer.c.fire_at <= clock())
                .order_by(timer.c.fire_at, timer.c.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).one_or_none()
            if row is None:
                return None
            practice_id, delivery_id = row.practice_id, row.ref
            set_practice(db, practice_id)
            db.execute(delete(timer).where(timer.c.id == row.id))
            delivery = db.get(Delivery, delivery_id, with_for_update=True)
            if delivery is None or delivery.state != "waiting":
                return _Claimed(practice_id)
            letter = _decide(db, delivery, public_url, is_open=is_open, now=practice_now(db), sent_at=clock())
            # Made before the mark commits: what can't be made has surely not been sent.
            return _Claimed(practice_id, letter, letter.as_bytes() if letter else b"")
    except Exception as error:
        if practice_id is None or delivery_id is None or is_transient(error):
            raise
        # One mail that can't be made must not stop the others.
        log.error("a mail could not be made", delivery_id=str(delivery_id), exc_info=True)
        with _locked(database, practice_id, delivery_id) as (db, delivery):
            db.execute(delete(timer).where(timer.c.kind == "mail", timer.c.ref == delivery_id))
            outcomes.finish(delivery, "failed", now=practice_now(db))
        return _Claimed(practice_id)


def _decide(
    db: Session, delivery: Delivery, public_url: str, *, is_open: bool, now: datetime, sent_at: datetime
) -> Letter | None:
    """The decision at the moment of sending: fresh facts, still so, not in quiet hours, a safe address."""
    notice = db.get_one(Notice, delivery.notice_id)
    if not truth.is_decidable(db, notice):
        schedule(db, "mail", delivery.id, now + ASK_AGAIN)
        return None
    point = reachable_at(db, delivery.person_id, delivery.contact_id)
    if point is None or not is_wanted(db, notice, delivery, now=now):
        outcomes.finish(delivery, "dropped", now=now)
        return None
    if later := postponed(db, delivery.occasion, delivery.person_id, now=now):
        schedule(db, "mail", delivery.id, later)
        return None
    if not is_open:
        outcomes.wait_for_server(db, delivery, now=now)
        return None
    # Opened last, so that it is for a mail that goes.
    address = opened(db, point, "address", about_id=point.person_id, **_BY)
    if address is None:  # erased
        outcomes.finish(delivery, "dropped", now=now)
        return None
    language = people.language_of(db, delivery.person_id)
    letter = Letter(
        delivery_id=delivery.id,
        address=address,
        language=language,
        sender=people.sender_name(db, language),
        link=opened(db, delivery, "link", about_id=point.person_id, **_BY) or f"{public_url.rstrip('/')}/",
        host=host_of(public_url),
        sent_at=sent_at,
    )
    outcomes.take(db, delivery, now=now)
    return letter


@contextmanager
def _locked(database: Database, practice_id: UUID, delivery_id: UUID) -> Iterator[tuple[Session, Delivery]]:
    with database.transaction(Scope(practice_id, role="worker")) as db:
        yield db, db.get_one(Delivery, delivery_id, with_for_update=True)
