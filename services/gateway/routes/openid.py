"""Signing in at the practice's own OpenID provider: leaving for it, and coming back."""

import hmac
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import after_this_request, g
from sqlalchemy.orm import Session

from services.gateway import queries
from services.gateway.commands import challenges
from services.gateway.commands import openid as commands
from services.gateway.context import device, enter_by_slug, here, limit, openid, real_now, token_maker
from services.gateway.identity import keep_signed_in
from services.gateway.models import Challenge
from services.gateway.openid import Client, Seen, Trip
from services.gateway.problems import SignInRefused
from services.gateway.routes import bp
from services.gateway.routes.signing_in import signed_in
from services.gateway.schemas import SignInView
from services.gateway.sign_in_schemas import (
    FinishOpenId,
    FinishOpenIdSignIn,
    MeansView,
    OpenIdTripView,
    SignInChallenge,
)
from shared.web.context import current_actor, transaction
from shared.web.idempotency import once
from shared.web.schemas import Nothing

SIGN_IN, LINK, PROVE = "openid_sign_in", "openid_link", "openid_prove"
"""Why somebody left for the provider: what comes back serves that and nothing else."""


@bp.post("/sign-in/openid/begin")
@bp.arguments(SignInChallenge)
@bp.response(201, OpenIdTripView)
def begin_openid_sign_in(body: dict[str, Any]) -> Any:
    """Where to go to sign in at the practice's provider."""
    enter_by_slug(body["practice"])
    limit("sign_in")
    return leave(SIGN_IN, None)


@bp.post("/sign-in/openid/finish")
@bp.arguments(FinishOpenIdSignIn)
@bp.response(201, SignInView)
def finish_openid_sign_in(body: dict[str, Any]) -> Any:
    """Back from the provider: sign in."""
    enter_by_slug(body.pop("practice"))
    limit("sign_in")
    seen = seen_by(SIGN_IN, None, **body)
    tokens, at, browser = token_maker(), real_now(), device()
    return signed_in(
        lambda db: commands.sign_in_by_openid(db, seen=seen, tokens=tokens, at=at, device=browser)
    )


@bp.post("/me/openid/begin")
@bp.arguments(Nothing)
@bp.response(201, OpenIdTripView)
def begin_openid_link(_: dict[str, Any]) -> Any:
    """Where to go to sign in at the provider from now on."""
    return leave(LINK, current_actor().person_id)


@bp.post("/me/openid")
@bp.arguments(FinishOpenId)
@bp.response(201, MeansView)
def link_openid(body: dict[str, Any]) -> Any:
    """Back from the provider: sign in there from now on."""
    person_id, mine = current_actor().person_id, here()
    seen = seen_by(LINK, person_id, **body)
    view = once(
        lambda db: commands.link_openid(db, person_id=person_id, seen=seen, here=mine),
        show=lambda db, _: queries.means_view(
            db, person_id, tokens=mine.tokens, at=mine.at, renewed_id=mine.renewed_id
        ),
    )
    if view["sign_in"]:
        after_this_request(lambda response: keep_signed_in(response, view["sign_in"]["token"]))
    return view


@bp.post("/me/openid/remove")
@bp.arguments(Nothing)
@bp.response(200, MeansView)
def unlink_openid(_: dict[str, Any]) -> Any:
    """Sign in at the provider no more."""
    person_id, mine = current_actor().person_id, here()
    return once(
        lambda db: commands.unlink_openid(db, person_id=person_id),
        show=lambda db, _: queries.means_view(db, person_id, tokens=mine.tokens, at=mine.at),
    )


@bp.post("/me/proof/openid/begin")
@bp.arguments(Nothing)
@bp.response(201, OpenIdTripView)
def begin_openid_proof(_: dict[str, Any]) -> Any:
    """Where to go to show again, at the provider, that it is me."""
    return leave(PROVE, current_actor().person_id)


@bp.post("/me/proof/openid")
@bp.arguments(FinishOpenId)
@bp.response(201, SignInView)
def prove_by_openid(body: dict[str, Any]) -> Any:
    """Back from the provider: it is still me; the sign-in gets a new token."""
    seen = seen_by(PROVE, current_actor().person_id, **body)
    tokens, at, sign_in_id = token_maker(), real_now(), g.sign_in_id
    return signed_in(
        lambda db: commands.prove_by_openid(db, sign_in_id=sign_in_id, seen=seen, tokens=tokens, at=at)
    )


@dataclass(frozen=True, repr=False)
class Left:
    """A round trip that was begun."""

    client: Client
    trip: Trip
    is_fresh_needed: bool

    def go(self) -> dict[str, str]:
        """The provider's address, and what stays in the browser. It asks the provider: outside of any transaction."""
        url = openid().leave_for(self.client, self.trip, is_fresh_needed=self.is_fresh_needed)
        return {"url": url, "binding": self.trip.binding}


def leave(purpose: str, person_id: UUID | None) -> dict[str, str]:
    """Begin a trip, for a caller with an Idempotency-Key."""
    at = real_now()
    left: Left = once(
        lambda db: challenges.make_challenge(db, purpose=purpose, person_id=person_id, at=at),
        show=lambda db, challenge_id: _left(db, challenge_id, purpose),
    )
    return left.go()


def begin(db: Session, purpose: str, person_id: UUID | None) -> Left:
    """Begin a trip. Raises ProviderNotThere."""
    made = challenges.make_challenge(db, purpose=purpose, person_id=person_id, at=real_now())
    return _left(db, made, purpose)


def _left(db: Session, challenge_id: UUID, purpose: str) -> Left:
    _, client = commands.the_provider(db)
    made = db.get_one(Challenge, challenge_id)
    return Left(client, Trip(str(challenge_id), bytes(made.secret)), purpose == PROVE)


def seen_by(purpose: str, person_id: UUID | None, *, state: UUID, binding: str, code: str) -> Seen:
    """Whom the provider says it was. Each round trip is taken once, whatever comes of it. Raises SignInRefused."""
    with transaction() as db:
        taken = challenges.take_challenge(db, state, purpose=purpose, person_id=person_id, at=real_now())
        _, client = commands.the_provider(db)
    trip = Trip(str(state), taken.secret)
    if not hmac.compare_digest(trip.binding.encode(), binding.encode()):
        raise SignInRefused
    return openid().subject(client, trip, code, is_fresh_needed=purpose == PROVE, now=real_now())
