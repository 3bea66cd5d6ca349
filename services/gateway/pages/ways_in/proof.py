"""Showing again that it is still you, before what is private, and back to where you were."""

from collections.abc import Callable
from uuid import UUID

from flask import Response, g, request
from sqlalchemy.orm import Session

from services.gateway import queries
from services.gateway.commands import passkeys, signing_in
from services.gateway.commands.challenges import PROVE
from services.gateway.commands.sign_ins import renew_sign_in
from services.gateway.context import (
    answered,
    count_try,
    forget_tries,
    real_now,
    relying_party,
    token_maker,
)
from services.gateway.domain import ProvedBy
from services.gateway.pages import bp
from services.gateway.pages.kept import carried, carry_on
from services.gateway.pages.ways_in.asking import proof_page
from services.gateway.pages.ways_in.signing_in import typed
from services.gateway.pages.ways_in.telling import (
    credential,
    said,
    to,
    wanted_page,
    with_new_token,
)
from shared.errors import Problem
from shared.web.context import current_actor, transaction


@bp.get("/is-it-you")
def show_proof() -> Response:
    return proof_page()


@bp.post("/is-it-you")
def prove_typed() -> Response:
    tokens, at, sign_in_id = token_maker(), real_now(), g.sign_in_id
    subject = b"proof " + current_actor().person_id.bytes

    def command(db: Session) -> UUID:
        return signing_in.show_again(db, sign_in_id=sign_in_id, typed=typed(), tokens=tokens, at=at)

    try:
        count_try(subject)
        answer = _renewed(command)
    except Problem as error:
        return proof_page(said(error), **carried())
    forget_tries(subject)
    return answer


@bp.post("/is-it-you/passkey")
def prove_by_passkey() -> Response:
    tokens, at, sign_in_id, (challenge_id, held) = token_maker(), real_now(), g.sign_in_id, credential()

    def command(db: Session) -> UUID:
        passkeys.check_passkey(
            db,
            challenge_id=challenge_id,
            credential=held,
            party=relying_party(""),
            at=at,
            person_id=current_actor().person_id,
        )
        return renew_sign_in(db, sign_in_id=sign_in_id, proved_by=ProvedBy.PASSKEY, tokens=tokens, at=at)

    try:
        with answered(challenge_id, PROVE, current_actor().person_id):
            return _renewed(command)
    except Problem as error:
        return proof_page(said(error), **carried())


def _renewed(command: Callable[[Session], UUID]) -> Response:
    with transaction() as db:
        view = queries.sign_in_view(db, command(db), tokens=token_maker(), at=real_now())
    on = carry_on(current_actor()) if "kept_path" in request.form else to(wanted_page())
    return with_new_token(on, view)
