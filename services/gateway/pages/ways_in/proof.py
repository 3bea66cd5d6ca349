"""Showing again that it is still you, before what is private, and back to where you were."""

from flask import Response, request

from services.gateway.ceremonies import Command
from services.gateway.ceremonies import signing_in as ceremonies
from services.gateway.pages import bp
from services.gateway.pages.kept import carried, carry_on
from services.gateway.pages.signed_in import signed_in
from services.gateway.pages.ways_in.asking import proof_page
from services.gateway.pages.ways_in.signing_in import typed
from services.gateway.pages.ways_in.telling import credential, said, to, wanted_page, with_new_token
from shared.errors import Problem
from shared.web.context import current_actor


@bp.get("/is-it-you")
def show_proof() -> Response:
    return proof_page()


@bp.post("/is-it-you")
def prove_typed() -> Response:
    try:
        return ceremonies.prove_typed(_renewed, typed=typed())
    except Problem as error:
        return proof_page(said(error), **carried())


@bp.post("/is-it-you/passkey")
def prove_by_passkey() -> Response:
    challenge_id, held = credential()
    try:
        return ceremonies.prove_by_passkey(_renewed, challenge_id=challenge_id, credential=held)
    except Problem as error:
        return proof_page(said(error), **carried())


def _renewed(command: Command) -> Response:
    view = signed_in(command)
    on = carry_on(current_actor()) if "kept_path" in request.form else to(wanted_page())
    return with_new_token(on, view)
