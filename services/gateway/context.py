"""What the gateway's routes may ask of their request, beside shared.web.context: its practice, limits and tools."""

from datetime import datetime
from uuid import UUID

import httpx
from flask import current_app, g, request

from services.gateway import domain
from services.gateway.limits import Limits
from services.gateway.queries import first_demo, is_practice, practice_id_of
from services.gateway.tokens import Tokens
from services.gateway.upstream import Upstream
from shared.clock import Clock
from shared.db.tenancy import Database, Scope
from shared.errors import NotFound
from shared.ids import NIL
from shared.settings import Settings
from shared.web.actor import PUBLIC, Actor
from shared.web.context import current_actor
from shared.web.idempotency import request_key


def enter_by_slug(slug: str) -> None:
    """Let a request of the public, or of the operator, go on in the practice a slug names. Raises NotFound."""
    practice_id = practice_of_slug(slug)
    if practice_id is None:
        raise NotFound
    _enter(practice_id)


def enter_by_id(practice_id: UUID) -> None:
    """The same for a practice that a link names. Raises NotFound."""
    with database().transaction(Scope(NIL, NIL, PUBLIC)) as db:
        if not is_practice(db, practice_id):
            raise NotFound
    _enter(practice_id)


def _enter(practice_id: UUID) -> None:
    actor = current_actor()
    g.actor = Actor(practice_id, actor.person_id, actor.roles)


def practice_of_slug(slug: str) -> UUID | None:
    """The practice of a slug, which is looked up with no practice set."""
    if not domain.SLUG.fullmatch(slug):
        return None
    with database().transaction(Scope(NIL, NIL, PUBLIC)) as db:
        return practice_id_of(db, slug)


def demo_slug() -> str | None:
    """The slug of the demo practice that the start page shows, if there is one."""
    with database().transaction(Scope(NIL, NIL, PUBLIC)) as db:
        return first_demo(db)


def limit(what: str) -> None:
    """Count this request against its practice and address. Raises TooManyRequests."""
    limits: Limits = current_app.extensions["gateway_limits"]
    limits.take(what, current_actor().practice_id, request.remote_addr)


def sub_key(step: str) -> str:
    """The Idempotency-Key of one step, from the caller's own: a repeated request heals a half-done composition."""
    actor = current_actor()
    where = (str(actor.practice_id), str(actor.person_id), request.endpoint or "")
    return token_maker().sub_key(*where, request_key(), step)


def real_now() -> datetime:
    """Sign-ins live in real time, whatever a demo's clock says."""
    clock: Clock = current_app.extensions["attune_clock"]
    return clock()


def upstream() -> Upstream:
    """The services behind the gateway."""
    services: Upstream = current_app.extensions["gateway_upstream"]
    return services


def mailbox() -> httpx.Client | None:
    """The demo's mail server, where the platform has one."""
    client: httpx.Client | None = current_app.extensions["gateway_mailbox"]
    return client


def token_maker() -> Tokens:
    """Makes tokens and keys that come out the same each time."""
    made: Tokens = current_app.extensions["gateway_tokens"]
    return made


def settings() -> Settings:
    """This process's settings."""
    known: Settings = current_app.extensions["attune_settings"]
    return known


def database() -> Database:
    """The pool, for what happens before a request has its practice."""
    pool: Database = current_app.extensions["attune_database"]
    return pool
