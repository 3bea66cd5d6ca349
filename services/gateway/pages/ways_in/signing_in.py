"""The sign-in page: a passkey, what one types, the practice's own sign-in, or the demo's one tap."""

from collections.abc import Callable
from uuid import UUID

from flask import Response, request
from sqlalchemy.orm import Session

from services.gateway import queries
from services.gateway.commands import passkeys, signing_in
from services.gateway.commands.accounts import start_sign_in
from services.gateway.commands.challenges import SIGN_IN
from services.gateway.commands.signing_in import Typed
from services.gateway.context import (
    answered,
    count_try,
    device,
    enter_by_slug,
    forget_tries,
    limit,
    real_now,
    relying_party,
    token_maker,
)
from services.gateway.domain import ProvedBy
from services.gateway.identity import keep_signed_in
from services.gateway.names import learn_missing_names
from services.gateway.pages import bp
from services.gateway.pages.kept import carried, carry_on
from services.gateway.pages.problem import sign_in_page
from services.gateway.pages.ways_in.telling import actor_of, credential, said
from services.gateway.problems import SignInRefused
from services.gateway.sign_in_schemas import TYPED
from shared.errors import Problem
from shared.web.context import current_actor, transaction


@bp.get("/sign-in")
def show_sign_in() -> Response:
    return sign_in_page()


@bp.post("/sign-in")
def sign_in_typed() -> Response:
    """With an address and what was typed."""
    tokens, at, email = token_maker(), real_now(), request.form.get("email", "")[:254]

    def command(db: Session) -> UUID:
        return signing_in.sign_in_typed(db, email=email, typed=typed(), tokens=tokens, at=at, device=device())

    try:
        _enter()
        subject = tokens.sign_in_address(current_actor().practice_id, email)
        count_try(subject)
        answer = _in(command)
    except Problem as error:
        return _again(error)
    forget_tries(subject)
    return answer


@bp.post("/sign-in/passkey")
def sign_in_by_passkey() -> Response:
    """With a passkey, which a script put into the form."""
    tokens, at, (challenge_id, held) = token_maker(), real_now(), credential()

    def command(db: Session) -> UUID:
        person_id = passkeys.check_passkey(
            db, challenge_id=challenge_id, credential=held, party=relying_party(""), at=at
        )
        return start_sign_in(
            db, person_id=person_id, tokens=tokens, at=at, proved_by=ProvedBy.PASSKEY, device=device()
        )

    try:
        _enter()
        with answered(challenge_id, SIGN_IN, None):
            return _in(command)
    except Problem as error:
        return _again(error)


def typed() -> Typed:
    """What a form's `by` and `secret` say. Raises SignInRefused."""
    by = next((one for one in TYPED if one.value == request.form.get("by", "")), None)
    if by is None:
        raise SignInRefused
    return Typed(by, request.form.get("secret", "")[:200])


def _enter() -> None:
    """The practice that the form names. Raises NotFound, TooManyRequests."""
    enter_by_slug(request.form.get("practice", ""))
    limit("sign_in")


def _in(command: Callable[[Session], UUID]) -> Response:
    with transaction() as db:
        view = queries.sign_in_view(db, command(db), tokens=token_maker(), at=real_now())
    if "partner" in view["roles"]:
        learn_missing_names(view["practice_id"], [view["person_id"]])
    return keep_signed_in(carry_on(actor_of(view)), view["token"])


def _again(error: Problem) -> Response:
    """The same page once more, with a sentence; what was kept of a form stays on it."""
    written = request.form.copy()
    written.pop("secret", None)
    return sign_in_page(
        practice=request.form.get("practice", ""), problem=said(error), typed=written, **carried()
    )
