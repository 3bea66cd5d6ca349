"""Signing in at the practice's own OpenID provider: leaving for it, and coming back."""

from functools import partial
from typing import Any

from services.gateway.ceremonies import openid as ceremonies
from services.gateway.ceremonies.openid import LINK, PROVE, SIGN_IN, Back, Left
from services.gateway.ceremonies.signing_in import enter_to_sign_in
from services.gateway.commands.openid import unlink_openid as unlink
from services.gateway.context import here
from services.gateway.routes import bp
from services.gateway.routes.means import means_changed
from services.gateway.routes.signing_in import signed_in
from services.gateway.schemas import SignInView
from services.gateway.sign_in_schemas import (
    FinishOpenId,
    FinishOpenIdSignIn,
    MeansView,
    OpenIdTripView,
    SignInChallenge,
)
from shared.web.context import current_actor
from shared.web.idempotency import once
from shared.web.schemas import Nothing


@bp.post("/sign-in/openid/begin")
@bp.arguments(SignInChallenge)
@bp.response(201, OpenIdTripView)
def begin_openid_sign_in(body: dict[str, Any]) -> Any:
    """Where to go to sign in at the practice's provider."""
    enter_to_sign_in(body["practice"])
    return _leave(SIGN_IN)


@bp.post("/sign-in/openid/finish")
@bp.arguments(FinishOpenIdSignIn)
@bp.response(201, SignInView)
def finish_openid_sign_in(body: dict[str, Any]) -> Any:
    """Back from the provider: sign in."""
    enter_to_sign_in(body.pop("practice"))
    return ceremonies.sign_in_by_openid(signed_in, Back(**body))


@bp.post("/me/openid/begin")
@bp.arguments(Nothing)
@bp.response(201, OpenIdTripView)
def begin_openid_link(_: dict[str, Any]) -> Any:
    """Where to go to sign in at the provider from now on."""
    return _leave(LINK)


@bp.post("/me/openid")
@bp.arguments(FinishOpenId)
@bp.response(201, MeansView)
def link_openid(body: dict[str, Any]) -> Any:
    """Back from the provider: sign in there from now on."""
    mine = here()
    return ceremonies.link_openid(partial(means_changed, mine), mine, Back(**body))


@bp.post("/me/openid/remove")
@bp.arguments(Nothing)
@bp.response(200, MeansView)
def unlink_openid(_: dict[str, Any]) -> Any:
    """Sign in at the provider no more."""
    person_id, mine = current_actor().person_id, here()
    return means_changed(mine, lambda db: unlink(db, person_id=person_id, here=mine))


@bp.post("/me/proof/openid/begin")
@bp.arguments(Nothing)
@bp.response(201, OpenIdTripView)
def begin_openid_proof(_: dict[str, Any]) -> Any:
    """Where to go to show again, at the provider, that it is me."""
    return _leave(PROVE)


@bp.post("/me/proof/openid")
@bp.arguments(FinishOpenId)
@bp.response(201, SignInView)
def prove_by_openid(body: dict[str, Any]) -> Any:
    """Back from the provider: it is still me; the sign-in gets a new token."""
    return ceremonies.prove_by_openid(signed_in, Back(**body))


def _leave(purpose: str) -> dict[str, str]:
    left: Left = once(
        partial(ceremonies.begin, purpose=purpose), show=partial(ceremonies.begun, purpose=purpose)
    )
    return left.go()
