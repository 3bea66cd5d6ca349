"""The sign-in page: a passkey, what one types, the practice's own sign-in, or the demo's one tap."""

from flask import Response, request

from services.gateway.ceremonies import Command
from services.gateway.ceremonies import signing_in as ceremonies
from services.gateway.commands.signing_in import Typed
from services.gateway.identity import keep_signed_in
from services.gateway.names import learn_missing_names
from services.gateway.pages import bp
from services.gateway.pages.kept import carried, carry_on
from services.gateway.pages.problem import sign_in_page
from services.gateway.pages.signed_in import actor_of, signed_in
from services.gateway.pages.ways_in.telling import credential, said
from services.gateway.problems import SignInRefused
from services.gateway.sign_in_schemas import TYPED
from shared.errors import Problem


@bp.get("/sign-in")
def show_sign_in() -> Response:
    return sign_in_page()


@bp.post("/sign-in")
def sign_in_typed() -> Response:
    """With an address and what was typed."""
    practice, email = request.form.get("practice", ""), request.form.get("email", "")[:254]
    if "by" not in request.form:  # only the practice was named, while words wait
        return sign_in_page(practice=practice, **carried())
    try:
        return ceremonies.sign_in_typed(_in, practice=practice, email=email, typed=typed())
    except Problem as error:
        return _again(error)


@bp.post("/sign-in/passkey")
def sign_in_by_passkey() -> Response:
    """With a passkey, which a script put into the form."""
    practice, (challenge_id, held) = request.form.get("practice", ""), credential()
    try:
        return ceremonies.sign_in_by_passkey(
            _in, practice=practice, challenge_id=challenge_id, credential=held
        )
    except Problem as error:
        return _again(error)


def typed() -> Typed:
    """What a form's `by` and `secret` say. Raises SignInRefused."""
    by = next((one for one in TYPED if one.value == request.form.get("by", "")), None)
    if by is None:
        raise SignInRefused
    return Typed(by, request.form.get("secret", "")[:200])


def _in(command: Command) -> Response:
    view = signed_in(command)
    if "partner" in view["roles"]:
        learn_missing_names(view["practice_id"], [view["person_id"]])
    return keep_signed_in(carry_on(actor_of(view)), view)


def _again(error: Problem) -> Response:
    """The same page once more, with a sentence; what was kept of a form stays on it."""
    written = request.form.copy()
    written.pop("secret", None)
    return sign_in_page(
        practice=request.form.get("practice", ""), problem=said(error), typed=written, **carried()
    )
