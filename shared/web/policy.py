"""The policy of a service: one table from endpoint to rule, for every route. Denied looks like not found.

A rule has two halves: roles (from the token, checked before anything else) and a relation (looked up in the
service's own tables, checked inside the request's transaction before the route's code touches the database).
The rule of a route that shows or takes clinical data also says what is written down of it; without, the vault
is closed to the route.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy.orm import Session

from shared.audit.looks import Act
from shared.web.actor import ADMINS, CLINICIANS, DESK, OPERATOR, PARTNER, PUBLIC, ROLES, STAFF, Actor

Relation = Callable[[Session, Actor, Mapping[str, Any]], bool]
"""`holds(db, actor, path_values)`: whether this actor stands in the needed relation to what the path names."""


def no_relation(_: Session, __: Actor, ___: Mapping[str, Any]) -> bool:
    """The role alone suffices: the route shows or changes only the actor's own or practice-wide things."""
    return True


Which = Callable[[Session, Actor, Mapping[str, Any]], UUID | None]
"""`found(db, actor, path_values)`: the id of a record, or of whose data it is."""


def the_actor(_: Session, actor: Actor, __: Mapping[str, Any]) -> UUID:
    """The actor's own."""
    return actor.person_id


def nobody(_: Session, __: Actor, ___: Mapping[str, Any]) -> None:
    """The path does not say: the route names it, if there is one."""


def named(name: str) -> Which:
    """The one that the path names so."""

    def from_path(_: Session, __: Actor, path: Mapping[str, Any]) -> UUID:
        return UUID(str(path[name]))

    return from_path


@dataclass(frozen=True)
class Audit:
    """What is written down of each use of a route."""

    kind: str
    act: Act
    record: Which
    about: Which
    right: str | None


@dataclass(frozen=True)
class Rule:
    """Who may use a route."""

    roles: frozenset[str]
    relation: Relation = no_relation
    relation_by_role: tuple[tuple[frozenset[str], Relation], ...] = ()
    audit: Audit | None = None

    def audited(
        self,
        kind: str,
        act: Act = Act.READ,
        *,
        record: Which = nobody,
        about: Which = nobody,
        right: str | None = None,
    ) -> "Rule":
        """This rule, and that each use is written down: `kind` is the table's name.

        `right`: by what right, where no relation says it (a list that holds only one's own, or what was released).
        """
        return replace(self, audit=Audit(kind, act, record, about, right))

    def admits_role(self, actor: Actor) -> bool:
        return bool(self.roles & actor.roles)

    def admits(self, db: Session, actor: Actor, path_values: Mapping[str, Any]) -> bool:
        """Whether any of the actor's admitted roles stands in its relation."""
        return self.right(db, actor, path_values) is not None

    def right(self, db: Session, actor: Actor, path_values: Mapping[str, Any]) -> str | None:
        """The name of the first relation in which the actor stands; None when they may not."""
        if not self.admits_role(actor):
            return None
        parts = self.relation_by_role or ((self.roles, self.relation),)
        return next(
            (
                relation.__name__
                for roles, relation in parts
                if roles & self.roles & actor.roles and relation(db, actor, path_values)
            ),
            None,
        )


def roles(*named: str, relation: Relation = no_relation) -> Rule:
    """A rule for these roles, all in the same relation."""
    return Rule(frozenset(named), relation)


def either(*rules: Rule) -> Rule:
    """A rule of which any part suffices: different roles in different relations."""
    by_role = tuple((rule.roles, rule.relation) for rule in rules)
    return Rule(frozenset().union(*(rule.roles for rule in rules)), relation_by_role=by_role)


ANY_STAFF = Rule(STAFF)
ANY_CLINICIAN = Rule(CLINICIANS)
ANY_PARTNER = Rule(frozenset({PARTNER}))
ANY_SIGNED_IN = Rule(STAFF | {PARTNER})
ANY_DESK = Rule(DESK)
ANY_ADMIN = Rule(ADMINS)
OPERATORS = Rule(frozenset({OPERATOR}))
EVERYBODY = Rule(ROLES)
THE_PUBLIC = Rule(frozenset({PUBLIC}))

Policy = Mapping[str, Rule]
"""Endpoint (`intake.register_couple`) → rule."""

OPEN_ENDPOINTS = frozenset({"api-docs.openapi_json"})
"""Endpoints without an actor: documents about the service itself."""


def check_complete(app: Flask, policy: Policy) -> None:
    """Raise when a route has no rule or a rule has no route: an unlisted route must never ship."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()} - OPEN_ENDPOINTS
    missing, unused = sorted(endpoints - set(policy)), sorted(set(policy) - endpoints)
    if missing or unused:
        raise LookupError(f"policy of {app.name}: no rule for {missing}, no route for {unused}")
