"""What the gateway's routes may ask of their request, beside shared.web.context: its practice, limits and tools."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import httpx
from flask import current_app, g, request

from services.gateway import domain
from services.gateway.commands import challenges
from services.gateway.commands.means import Here
from services.gateway.commands.passkeys import RelyingParty
from services.gateway.devices import device_words
from services.gateway.limits import Limits
from services.gateway.openid import OpenId
from services.gateway.problems import StepUpNeeded
from services.gateway.queries import first_demo, is_practice, practice_id_of
from services.gateway.tokens import Tokens
from services.gateway.upstream import Upstream
from shared.clock import Clock
from shared.db.practice import current_practice
from shared.db.tenancy import Database, Scope
from shared.errors import NotFound, Problem
from shared.ids import NIL
from shared.settings import Settings
from shared.web.actor import PUBLIC, Actor
from shared.web.context import current_actor
from shared.web.idempotency import request_key


@dataclass(frozen=True)
class Facts:
    """What the request's sign-in is good for."""

    proved_at: datetime
    proved_by: str
    is_setting_up: bool


def check_proof(practice_id: UUID | None = None) -> None:
    """Raise StepUpNeeded unless whoever asks has shown lately that it is them. The operator's key has no sign-in."""
    facts: Facts | None = g.get("sign_in")
    if facts is None:
        return
    shown = {"proved_at": facts.proved_at, "proved_by": facts.proved_by}
    if domain.is_proved(**shown, is_demo=False, now=real_now()):  # type: ignore[arg-type]
        return
    where = practice_id or current_actor().practice_id
    with database().transaction(Scope(where, None, "proof")) as db:
        is_demo = current_practice(db).is_demo
    if not domain.is_proved(**shown, is_demo=is_demo, now=real_now()):  # type: ignore[arg-type]
        raise StepUpNeeded


@contextmanager
def answered(challenge_id: UUID, purpose: str, person_id: UUID | None) -> Iterator[None]:
    """While a challenge is answered: what a refusal rolls back takes the challenge with it all the same."""
    try:
        yield
    except Problem:
        with database().transaction(Scope(current_actor().practice_id, None, "challenge")) as db:
            challenges.drop_challenge(db, challenge_id, purpose=purpose, person_id=person_id)
        raise


def here() -> Here:
    """The sign-in of this request, for a command that changes how its person signs in."""
    return Here(g.sign_in_id, token_maker(), real_now())


def device() -> str | None:
    """What the caller's browser says it is, in few words."""
    return device_words(request.headers.get("User-Agent", ""))


def relying_party(name: str) -> RelyingParty:
    """For whom passkeys are made and asked: this platform's one address."""
    url = settings().public_url
    return RelyingParty(id=domain.host_of(url), origin=domain.origin_of(url), name=name)


def openid() -> OpenId:
    """Talks to practices' OpenID providers."""
    client: OpenId = current_app.extensions["gateway_openid"]
    return client


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


def limit(what: str, *, by: bytes | None = None) -> None:
    """Count this request against its practice and address, or `by` a device. Raises TooManyRequests."""
    limits: Limits = current_app.extensions["gateway_limits"]
    limits.take(what, current_actor().practice_id, by or domain.network_of(request.remote_addr or ""))


@contextmanager
def allowance_of_person(what: str) -> Iterator[None]:
    """Count what is done within against whoever is signed in, wherever they are, unless it raises.

    Raises TooManyRequests.
    """
    limits: Limits = current_app.extensions["gateway_limits"]
    whose = (current_actor().practice_id, current_actor().person_id)
    limits.take(what, *whose)
    try:
        yield
    except BaseException:
        limits.give_back(what, *whose)
        raise


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
