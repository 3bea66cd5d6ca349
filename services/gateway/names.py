"""Partners' names: intake owns them and no event carries a word, so the gateway asks intake as the partner."""

from uuid import UUID

from services.gateway import queries
from services.gateway.commands.accounts import learn_name
from services.gateway.context import database, upstream
from services.gateway.upstream import Upstream
from shared.db.tenancy import Scope
from shared.errors import Problem
from shared.web.actor import PARTNER, Actor


def learn_missing_names(practice_id: UUID, person_ids: list[UUID]) -> None:
    """Ask for each partner's own name and keep it. One that can't be told now stays unknown until asked again."""
    for person_id in person_ids:
        name = _ask(upstream(), Actor(practice_id, person_id, frozenset({PARTNER})))
        if name is None:
            continue
        with database().transaction(Scope(practice_id, person_id, "names")) as db:
            learn_name(db, person_id=person_id, display_name=name)


def nameless(practice_id: UUID, among: list[UUID] | None = None) -> list[UUID]:
    """Partners with a login whose name is not known here yet: all of the practice's, or those `among`."""
    with database().transaction(Scope(practice_id, None, "names")) as db:
        found = [
            one.person_id for one in queries.people(db) if one.display_name is None and PARTNER in one.roles
        ]
    return found if among is None else [person_id for person_id in found if person_id in among]


def _ask(services: Upstream, partner: Actor) -> str | None:
    try:
        answer = services.call("intake", "GET", "me/couple", actor=partner)
        if answer.status == 200:
            return str(answer.json()["me"]["display_name"])[:100]
    except (Problem, ValueError, KeyError, TypeError):
        return None
    return None
