"""Writing down who looked at or changed what, in the very transaction that did (rule A1)."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID

import structlog
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.db.plumbing import audit_row
from shared.errors import Unavailable
from shared.ids import NIL, new_id
from shared.path.transient import is_transient

log = structlog.get_logger()


class Act(StrEnum):
    """What was done with clinical data."""

    READ = "read"
    CHANGE = "change"
    SHARE = "share"
    UNSHARE = "unshare"
    WITHDRAW = "withdraw"


@dataclass(frozen=True)
class Subject:
    """One record that was looked at, and whose data it is: a person, or a couple where it is of both."""

    record_id: UUID | None = None
    about_id: UUID | None = None


@dataclass
class Look:
    """What one transaction writes down. Its subjects are the rule's own, or those that the route names."""

    actor_id: UUID
    roles: str
    act: Act
    kind: str
    relation: str
    route: str
    by_rule: Subject
    named: set[Subject] = field(default_factory=set)

    def subjects(self) -> set[Subject]:
        rule = self.by_rule
        return {
            Subject(one.record_id or rule.record_id, one.about_id or rule.about_id) for one in self.named
        } or {rule}


def begin(db: Session, look: Look) -> None:
    """Have `look` written just before this transaction commits; it can't commit without."""
    db.info["look"] = look
    db.info["before_commit"].append(_write)


def concerning(db: Session, *, record_id: UUID | None = None, about_id: UUID | None = None) -> None:
    """Name a record, or a person, that the rule could not know: of a list, or of something just made.

    Each different one becomes a row. In a transaction of a worker nothing: it says what it changes (`by_workers`).
    """
    look: Look | None = db.info.get("look")
    if look is not None:
        look.named.add(Subject(record_id, about_id))


def made(db: Session, record_id: UUID) -> None:
    """The request made this record, or an earlier one with the same key did: where no path names one."""
    look: Look | None = db.info.get("look")
    if look is not None and look.by_rule.record_id is None:
        look.by_rule = replace(look.by_rule, record_id=record_id)


def repeated(db: Session) -> None:
    """The request did its work earlier, and now only looks at what came of it."""
    look: Look | None = db.info.get("look")
    if look is not None:
        look.act = Act.READ


@dataclass
class Asking:
    """Who asks, by what right and through which route, where the route's rule says nothing of an audit.

    What their request changes of records that are written down, the command names (`shared.audit.by_workers.changed`).
    """

    actor_id: UUID
    roles: str
    relation: str
    route: str
    changed: dict[str, set[Subject]] = field(default_factory=dict)


def ask(db: Session, asking: Asking) -> None:
    """Have what this request's commands change written just before it commits; it can't commit without."""
    db.info["asking"] = asking
    db.info["before_commit"].append(_write_changed)


def changed_on_request(db: Session, kind: str, *, record_id: UUID, about_id: UUID | None) -> None:
    """A request changed this record, and its route's rule says nothing. Where the rule does, its own row tells it."""
    asking: Asking | None = db.info.get("asking")
    if asking is not None:
        asking.changed.setdefault(kind, set()).add(Subject(record_id, about_id))


def changed_by_worker(
    db: Session, kind: str, *, record_id: UUID, about_id: UUID | None, relation: str, handler: str
) -> None:
    """Write down, at once, that a handler changed a clinical record: nobody's act but the worker's."""
    _by_worker(db, Look(NIL, "worker", Act.CHANGE, kind, relation, handler, Subject(record_id, about_id)))


def opened_by_worker(
    db: Session, kind: str, *, record_id: UUID, about_id: UUID | None, relation: str, handler: str
) -> None:
    """Write down, at once, that a part of the worker opened what is sealed in a record."""
    _by_worker(db, Look(NIL, "worker", Act.READ, kind, relation, handler, Subject(record_id, about_id)))


def _by_worker(db: Session, look: Look) -> None:
    db.flush()
    _insert(db, look)


def _write(db: Session) -> None:
    _put(db, db.info["look"])


def _write_changed(db: Session) -> None:
    asking: Asking = db.info["asking"]
    for kind, subjects in asking.changed.items():
        look = Look(
            asking.actor_id,
            asking.roles,
            Act.CHANGE,
            kind,
            asking.relation,
            asking.route,
            Subject(),
            subjects,
        )
        _put(db, look)


def _put(db: Session, look: Look) -> None:
    try:
        db.flush()
        _insert(db, look)
    except DBAPIError as error:
        if is_transient(error):
            raise
        # What can't be written down is not shown and not done: the transaction ends here.
        log.error("an audit row can't be written", route=look.route, kind=look.kind, exc_info=error)
        raise Unavailable from error


def _insert(db: Session, look: Look) -> None:
    rows = [
        {
            "id": new_id(),
            "actor_id": look.actor_id,
            "roles": look.roles,
            "act": look.act.value,
            "kind": look.kind,
            "record_id": one.record_id,
            "about_id": one.about_id,
            "relation": look.relation,
            "route": look.route,
        }
        for one in look.subjects()
    ]
    db.execute(insert(audit_row).inline(), rows)
