"""What a worker changes by itself is written down like a person's act, with the service as the actor (rule A1).

Each reaction and timer says in its service's `AUDITS`, beside REACTIONS and TIMERS, which records of care it may
change, or why none. The command that changes one says so with `changed`; what was not declared can't be changed.
To handlers the vault is closed: a worker that must open sealed words does so by `opened`, which writes it down.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.audit.looks import changed_by_worker, changed_on_request, opened_by_worker
from shared.db.private import Private
from shared.errors import Unavailable
from shared.path.transient import is_transient
from shared.vault import ClosedVault

log = structlog.get_logger()


@dataclass(frozen=True)
class WorkersRule:
    """What a handler may change. `kinds` are names of tables; without any, `because` says why."""

    kinds: frozenset[str] = frozenset()
    because: str = ""


def audited(*kinds: str) -> WorkersRule:
    """The handler changes records of these tables, and each change is written down."""
    return WorkersRule(frozenset(kinds))


def not_clinical(because: str) -> WorkersRule:
    """The handler changes no record of care."""
    return WorkersRule(because=because)


Audits = Mapping[Any, WorkersRule]
"""Type of event, or kind of timer → what its handler changes."""

UNDECLARED = WorkersRule()


class NotDeclared(Exception):
    """A handler changed a record of a kind that its service's AUDITS does not name. The change does not happen."""


@dataclass(frozen=True)
class _Doing:
    rule: WorkersRule
    relation: str
    handler: str


@contextmanager
def handling(db: Session, audits: Audits, key: object, *, relation: str, handler: str) -> Iterator[None]:
    """Within this, `handler` works on an event or a timer (`relation`) by itself, and opens no words."""
    vault = db.info.get("vault")
    db.info["worker_does"] = _Doing(audits.get(key, UNDECLARED), relation, handler)
    db.info["vault"] = ClosedVault(getattr(vault, "ledger", None))
    try:
        yield
    finally:
        del db.info["worker_does"]
        db.info["vault"] = vault


def changed(db: Session, kind: str, *, record_id: UUID, about_id: UUID | None) -> None:
    """This transaction changed a record of care, or who may look at one: written down if a worker does it by itself.

    So it is in a request whose route's rule says nothing of an audit; where it does, that row tells of this too.
    Raises NotDeclared.
    """
    doing: _Doing | None = db.info.get("worker_does")
    if doing is None:
        changed_on_request(db, kind, record_id=record_id, about_id=about_id)
        return
    if kind not in doing.rule.kinds:
        raise NotDeclared(f"{doing.handler} changes {kind}, which its service's AUDITS does not say")
    changed_by_worker(
        db, kind, record_id=record_id, about_id=about_id, relation=doing.relation, handler=doing.handler
    )


def opened(
    db: Session, row: Private, field: str, *, about_id: UUID | None, relation: str, by: str
) -> str | None:
    """The words of a sealed column for a worker (`by`) that needs them, with a row that says so in this transaction.

    None where there are none, or none any more. Raises Unavailable when it can't be written down: then they are not
    to be used either.
    """
    words = row.shown(db, field)
    if not words:
        return None
    kind: str = type(row).__tablename__  # type: ignore[attr-defined]
    record_id: UUID = row.id  # type: ignore[attr-defined]
    try:
        opened_by_worker(db, kind, record_id=record_id, about_id=about_id, relation=relation, handler=by)
    except DBAPIError as error:
        if is_transient(error):
            raise
        log.error("an audit row can't be written", handler=by, kind=kind, exc_info=error)
        raise Unavailable from error
    return words
