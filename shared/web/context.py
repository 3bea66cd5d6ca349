"""What a route may ask of its request: the actor, a transaction that the policy has admitted, the practice's now."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import current_app, g, request
from sqlalchemy.orm import Session

from shared.audit.looks import Asking, Look, Subject, ask, begin
from shared.db.practice import practice_now
from shared.db.tenancy import Database, Scope
from shared.errors import NotFound
from shared.vault import ClosedVault
from shared.web.actor import Actor
from shared.web.policy import Rule, no_relation

__all__ = ["admit_by_role", "current_actor", "now", "respond", "since_arrival", "transaction"]


def current_actor() -> Actor:
    """Who asks, as the gateway's token says."""
    actor: Actor = g.actor
    return actor


@contextmanager
def transaction() -> Iterator[Session]:
    """The request's database session. Opening it checks the route's relation: denied raises NotFound."""
    database: Database = current_app.extensions["attune_database"]
    actor = current_actor()
    with database.transaction(Scope(actor.practice_id, actor.person_id, actor.role_name())) as db:
        rule: Rule = g.rule
        path = request.view_args or {}
        right = rule.right(db, actor, path)
        if right is None:
            raise NotFound
        g.is_admitted = True
        _audit(db, rule, right, path)
        yield db


def _audit(db: Session, rule: Rule, right: str, path: Mapping[str, Any]) -> None:
    """Have the use of an audited route written down; to any other the vault is closed, and what it changes is."""
    audit, actor = rule.audit, current_actor()
    if audit is None:
        db.info["vault"] = ClosedVault()
        by = "role" if right == no_relation.__name__ else right
        ask(db, Asking(actor.person_id, actor.role_name(), by, request.endpoint or ""))
        return
    subject = Subject(audit.record(db, actor, path), audit.about(db, actor, path))
    look = Look(
        actor_id=actor.person_id,
        roles=actor.role_name(),
        act=audit.act,
        kind=audit.kind,
        relation=audit.right or right,
        route=request.endpoint or "",
        by_rule=subject,
    )
    begin(db, look)


def admit_by_role() -> None:
    """Admit a request whose route opens no transaction of its own: its rule must ask for no relation."""
    rule: Rule = g.rule
    if rule.relation is not no_relation or rule.relation_by_role:
        raise LookupError("this route's rule asks for a relation: open a transaction")
    g.is_admitted = True


def now(db: Session) -> datetime:
    """The practice's now, in UTC."""
    return practice_now(db)


def since_arrival() -> float:
    """Seconds since this request came."""
    started: float = g.started
    return time.perf_counter() - started


def respond(view: Any) -> Any:
    """A view ready to be dumped; its `version`, where it has one, becomes the ETag."""
    version = view.get("version") if isinstance(view, dict) else getattr(view, "version", None)
    if version is not None:
        g.etag = f'"{version}"'
    return view
