"""An operator's browser, and events that a service put aside for it to find."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from services.gateway.commands.operator_sign_ins import start_operator_sign_in
from services.gateway.operators import ALONE, COOKIE
from shared.events.base import Event
from shared.events.intake import CareTeamChanged, CoupleRegistered
from tests.events_cli.clinic import with_bug
from tests.gateway.door import Door
from tests.gateway.visitor import Visitor
from tests.world.world import World


def operator_token(world: World, by: str = "Imogen") -> str:
    """A sign-in as the form makes it, without its rate limit."""
    app = world.sides["gateway"].app
    with app.extensions["attune_database"].transaction(ALONE) as db:
        return start_operator_sign_in(db, by=by, tokens=app.extensions["gateway_tokens"], at=world.clock())


def operator_cookie(world: World) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={operator_token(world)}"}


def operator(door: Door, by: str = "Imogen") -> Visitor:
    """An operator's browser at this door."""
    made = Visitor(door)
    made._client.set_cookie(COOKIE, operator_token(door.world, by), domain="localhost", secure=True)
    return made


@contextmanager
def bug_in(world: World, service: str, kind: type[Event]) -> Iterator[None]:
    """Meanwhile the service runs a program whose handler of this event has a bug."""
    applying: Any = world.sides[service].consumer._applying
    before = applying._handlers
    applying._handlers = with_bug(before, kind)
    try:
        yield
    finally:
        applying._handlers = before


@dataclass(frozen=True)
class Aside:
    """A couple whose events notify has put aside: the first failed, the second is parked behind it."""

    practice_id: UUID
    couple_id: UUID
    partner_ids: tuple[UUID, UUID]
    event_id: UUID
    letter_id: int

    @property
    def people(self) -> set[str]:
        """The ids that no page may show."""
        return {str(self.couple_id), *map(str, self.partner_ids)}


def put_aside(world: World, practice_id: UUID) -> Aside:
    couple_id, partners = uuid4(), (uuid4(), uuid4())
    with bug_in(world, "notify", CoupleRegistered):
        world.tell(
            practice_id,
            CoupleRegistered(couple_id=couple_id, partner_ids=partners),
            CareTeamChanged(couple_id=couple_id, practitioner_ids=(uuid4(),)),
        )
    first, _ = world.rows(
        "notify",
        practice_id,
        "SELECT id, event_id FROM dead_letter WHERE practice_id = %s AND replayed_at IS NULL ORDER BY id",
        practice_id,
    )
    return Aside(practice_id, couple_id, partners, first.event_id, first.id)
