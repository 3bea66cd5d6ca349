"""Getting back in without any means of sign-in: asked, confirmed in person, finished where it was asked."""

from functools import partial
from typing import Any

from services.gateway import queries
from services.gateway.ceremonies import recovery as ceremonies
from services.gateway.ceremonies.links import enter_by_link
from services.gateway.context import token_maker
from services.gateway.routes import bp
from services.gateway.routes.signing_in import signed_in
from services.gateway.schemas import SignInView
from services.gateway.sign_in_schemas import (
    AskedRecoveryView,
    AskRecovery,
    ConfirmedRecoveryView,
    ConfirmRecovery,
    FinishRecovery,
)
from shared.web.idempotency import once


@bp.post("/recovery")
@bp.arguments(AskRecovery)
@bp.response(201, AskedRecoveryView)
def ask_recovery(body: dict[str, Any]) -> Any:
    """Ask to get back in: a code to read out, in person, to somebody of the practice who knows me."""
    show = partial(queries.asked_recovery_view, tokens=token_maker())
    return ceremonies.ask_recovery(partial(once, show=show), **body)


@bp.post("/recovery/confirm")
@bp.arguments(ConfirmRecovery)
@bp.response(201, ConfirmedRecoveryView)
def confirm_recovery(body: dict[str, Any]) -> Any:
    """I have this person before me, and heard this code from them: end their old ways in, send them a link."""
    return ceremonies.confirm_recovery(**body)


@bp.post("/recovery/finish")
@bp.arguments(FinishRecovery)
@bp.response(201, SignInView)
def finish_recovery(body: dict[str, Any]) -> Any:
    """Follow the link on the device that asked, and set up a new way to sign in."""
    enter_by_link(body["link"])
    return ceremonies.finish_recovery(signed_in, **body)
