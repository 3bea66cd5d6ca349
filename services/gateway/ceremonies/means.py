"""Setting up a way to sign in: each is shown to work first, and signs in whoever was setting up their first."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.gateway import queries
from services.gateway.ceremonies import Run, T
from services.gateway.commands import one_time_passwords, passkeys, passwords
from services.gateway.commands.challenges import REGISTER
from services.gateway.commands.means import Here
from services.gateway.context import answered, real_now, relying_party
from shared.web.context import current_actor


def add_passkey(run: Run[T], mine: Here, *, challenge_id: UUID, name: str, credential: dict[str, Any]) -> T:
    """Sign in with this passkey from now on. Raises PasskeyRefused, SignInRefused."""
    person_id, party = current_actor().person_id, relying_party("")
    with answered(challenge_id, REGISTER, person_id):
        return run(
            lambda db: passkeys.add_passkey(
                db,
                person_id=person_id,
                challenge_id=challenge_id,
                name=name,
                credential=credential,
                party=party,
                here=mine,
            )
        )


def set_password(run: Run[T], mine: Here, *, password: str, email: str) -> T:
    """Sign in with this password from now on. Raises as `passwords.set_password`."""
    person_id = current_actor().person_id
    return run(
        lambda db: passwords.set_password(db, person_id=person_id, password=password, email=email, here=mine)
    )


def begin_one_time_password(run: Run[T]) -> T:
    """A new secret for an app that shows codes; `waiting_secret` shows it."""
    person_id, at = current_actor().person_id, real_now()
    return run(lambda db: one_time_passwords.begin_one_time_password(db, person_id=person_id, at=at))


def waiting_secret(db: Session) -> dict[str, str]:
    """The secret that waits for its first code, as an app reads it and as one types it. Raises NotFound."""
    actor = current_actor()
    name = queries.practice_view(db, actor.practice_id)["name"]
    return one_time_passwords.waiting_secret(db, person_id=actor.person_id, issuer=name)


def confirm_one_time_password(run: Run[T], mine: Here, *, code: str, email: str) -> T:
    """The app shows this code: sign in with it from now on. `run` gets what the ten recovery codes are of."""
    person_id = current_actor().person_id
    return run(
        lambda db: one_time_passwords.confirm_one_time_password(
            db, person_id=person_id, code=code, email=email, here=mine
        )
    )


def renew_codes(run: Run[T], mine: Here) -> T:
    """Ten new recovery codes. Raises NotFound."""
    person_id = current_actor().person_id
    return run(lambda db: one_time_passwords.renew_codes(db, person_id=person_id, here=mine))
