"""The round trip to the practice's own OpenID provider: begun for one purpose, finished once, in the same browser."""

import hmac
from dataclasses import dataclass
from uuid import UUID

from flask import g
from sqlalchemy.orm import Session

from services.gateway.ceremonies import Run, T
from services.gateway.commands import challenges
from services.gateway.commands import openid as commands
from services.gateway.commands.means import Here
from services.gateway.context import device, openid, real_now, token_maker
from services.gateway.models import Challenge
from services.gateway.openid import Client, Seen, Trip
from services.gateway.problems import SignInRefused
from shared.web.context import current_actor, transaction

SIGN_IN, LINK, PROVE = "openid_sign_in", "openid_link", "openid_prove"
"""Why somebody left for the provider: what comes back serves that and nothing else."""


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


@dataclass(frozen=True, repr=False)
class Back:
    """What came back: the trip's `state` and the provider's `code`, and the `binding` that stayed in the browser."""

    state: UUID
    binding: str
    code: str


def begin(db: Session, purpose: str) -> UUID:
    """Begin a trip, of whoever is signed in unless it is to sign in; its challenge's id."""
    return challenges.make_challenge(db, purpose=purpose, person_id=_traveller(purpose), at=real_now())


def begun(db: Session, challenge_id: UUID, purpose: str) -> Left:
    """A trip, ready to go. Raises ProviderNotThere."""
    _, client = commands.the_provider(db)
    made = db.get_one(Challenge, challenge_id)
    return Left(client, Trip(str(challenge_id), bytes(made.secret)), purpose == PROVE)


def sign_in_by_openid(run: Run[T], back: Back) -> T:
    """Sign in, at the practice that was entered. Raises SignInRefused, ProviderNotThere."""
    seen, tokens, at, browser = _seen(SIGN_IN, back), token_maker(), real_now(), device()
    return run(lambda db: commands.sign_in_by_openid(db, seen=seen, tokens=tokens, at=at, device=browser))


def link_openid(run: Run[T], mine: Here, back: Back) -> T:
    """Sign in there from now on. Raises SignInRefused, ProviderNotThere."""
    seen, person_id = _seen(LINK, back), current_actor().person_id
    return run(lambda db: commands.link_openid(db, person_id=person_id, seen=seen, here=mine))


def prove_by_openid(run: Run[T], back: Back) -> T:
    """It is still whoever is signed in; the sign-in gets a new token. Raises SignInRefused, ProviderNotThere."""
    seen, tokens, at, sign_in_id = _seen(PROVE, back), token_maker(), real_now(), g.sign_in_id
    return run(
        lambda db: commands.prove_by_openid(db, sign_in_id=sign_in_id, seen=seen, tokens=tokens, at=at)
    )


def _seen(purpose: str, back: Back) -> Seen:
    """Whom the provider says it was. Each round trip is taken once, whatever comes of it. Raises SignInRefused."""
    with transaction() as db:
        taken = challenges.take_challenge(
            db, back.state, purpose=purpose, person_id=_traveller(purpose), at=real_now()
        )
        _, client = commands.the_provider(db)
    trip = Trip(str(back.state), taken.secret)
    if not hmac.compare_digest(trip.binding.encode(), back.binding.encode()):
        raise SignInRefused
    return openid().subject(client, trip, back.code, is_fresh_needed=purpose == PROVE, now=real_now())


def _traveller(purpose: str) -> UUID | None:
    return None if purpose == SIGN_IN else current_actor().person_id
