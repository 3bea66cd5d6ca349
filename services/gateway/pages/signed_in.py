"""From a form that signs somebody in, or in anew, to who they are now."""

from typing import Any

from services.gateway import queries
from services.gateway.ceremonies import Command
from services.gateway.context import real_now, token_maker
from shared.web.actor import Actor
from shared.web.context import transaction


def signed_in(command: Command) -> dict[str, Any]:
    """Run a command that signs somebody in, or in anew; what there is to say of that, with the token."""
    with transaction() as db:
        view: dict[str, Any] = queries.sign_in_view(db, command(db), tokens=token_maker(), at=real_now())
    return view


def actor_of(view: dict[str, Any]) -> Actor:
    """Whose a new sign-in is."""
    return Actor(view["practice_id"], view["person_id"], frozenset(view["roles"]))
