"""A couple in care who look at their pages: real services behind the door, and a browser each."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from services.gateway.commands.accounts import start_sign_in
from services.gateway.models import Account
from services.gateway.queries import sign_in_view
from shared.clock import utcnow
from shared.db.practice import move_clock
from shared.db.tenancy import Scope
from shared.events.gateway import InvitationAccepted, PartnerInvited
from shared.events.sessions import MedicineSessionEnded, Programme
from tests.gateway.door import Door, door_to
from tests.gateway.visitor import Visitor
from tests.sessions.couple_in_care import CoupleInCare, couple_in_care
from tests.world.world import Caller, World


@dataclass
class Care:
    """`ana` and `bo` are each signed in at the door, on their own."""

    world: World
    door: Door
    couple: CoupleInCare

    @property
    def ana_id(self) -> UUID:
        return self.couple.partner_ids[0]

    def visitor(self, person_id: UUID, door: Door | None = None) -> Visitor:
        return Visitor(door or self.door, cookie=sign_in(self.door, self.couple.practice, person_id))

    def ana(self, door: Door | None = None) -> Visitor:
        return self.visitor(self.couple.partner_ids[0], door)

    def bo(self) -> Visitor:
        return self.visitor(self.couple.partner_ids[1])

    def stranger(self) -> Visitor:
        """A partner of another couple in the same practice."""
        person_id = uuid4()
        add_account(self.door, self.couple.practice, person_id, "Eva")
        return self.visitor(person_id)

    def asks(self, service: str, person_id: UUID | None = None) -> Caller:
        """A partner (Ana) at one service's own API."""
        return self.world.caller(service, self.couple.practice, person_id or self.ana_id, "partner")

    def gateway_follows(self) -> None:
        """The gateway owns the practice's clock, which tests move by its event alone: let it show the same time."""
        ahead = self.couple.now - self.world.clock()
        with self.world.sides["gateway"].database.transaction(
            Scope(self.couple.practice, role="worker")
        ) as db:
            move_clock(db, self.couple.practice, round(ahead.total_seconds()))

    def is_the_day(self) -> str:
        """A confirmed session ten minutes before it begins; nobody has said yes again."""
        session_id, _ = self.couple.confirmed()
        self.couple.move_to(self.couple.starts_at - timedelta(minutes=10))
        self.gateway_follows()
        return session_id

    def has_a_check_in(self) -> str:
        """Ana's first check-in is open."""
        ended = MedicineSessionEnded(
            session_id=UUID(int=self.couple.couple_id.int ^ 1),
            couple_id=self.couple.couple_id,
            partner_ids=self.couple.partner_ids,
            programme=Programme.KETAMINE_CLINIC,
            at=self.couple.now - timedelta(hours=1),
        )
        self.world.tell(self.couple.practice, ended)
        self.world.move_clock(self.couple.practice, timedelta(days=1))
        self.gateway_follows()
        (one,) = self.asks("integration").get("/me/check-ins").json["items"]
        return str(one["check_in_id"])

    def is_told(self) -> None:
        """Every notice that waited for its owner's word has it, and is tried again."""
        self.world.pump(ticks=True)
        self.world.move_clock(self.couple.practice, timedelta(minutes=1))
        self.world.pump(ticks=True)

    def has_an_address(self, address: str) -> None:
        """Ana took her invitation at this address."""
        stored = self.world.caller("notify", self.couple.practice, None, "public").post(
            "/contacts", {"address": address}
        )
        contact_id, couple_id = UUID(stored.json["contact_id"]), self.couple.couple_id
        self.world.tell(
            self.couple.practice,
            PartnerInvited(couple_id=couple_id, person_id=self.ana_id, contact_id=contact_id),
            InvitationAccepted(couple_id=couple_id, person_id=self.ana_id),
        )

    def without(self, service: str, *, only: Callable[[httpx.Request], bool] = lambda _: True) -> Door:
        """The same door while this service does not answer (or not to `only` these requests)."""
        real = {name: side.app for name, side in self.world.sides.items() if name != "gateway"}

        def to(name: str) -> Callable[[httpx.Request], httpx.Response]:
            transport = httpx.WSGITransport(app=real[name])

            def answer(request: httpx.Request) -> httpx.Response:
                if name == service and only(request):
                    raise httpx.ConnectError("refused")
                return transport.handle_request(request)

            return answer

        return door_to(self.world, {name: to(name) for name in real})


def care_at(world: World, door: Door) -> Care:
    """A new demo practice with a couple in care, both signed in."""
    practice = door.create_practice()
    couple = couple_in_care(world, practice=practice.id)
    for person_id, name in zip(couple.partner_ids, ("Ana", "Bo"), strict=True):
        add_account(door, practice.id, person_id, name)
    care = Care(world, door, couple)
    care.gateway_follows()
    return care


def add_account(door: Door, practice: UUID, person_id: UUID, name: str) -> None:
    """A partner with a login, without the way through an invitation."""
    with door.app.extensions["attune_database"].transaction(Scope(practice)) as db:
        db.merge(Account(person_id=person_id, display_name=name, roles=["partner"], joined_at=utcnow()))


def sign_in(door: Door, practice: UUID, person_id: UUID) -> str:
    """The value of a browser's cookie."""
    tokens = door.app.extensions["gateway_tokens"]
    with door.app.extensions["attune_database"].transaction(Scope(practice)) as db:
        made = start_sign_in(db, person_id=person_id, tokens=tokens, at=utcnow())
        return str(sign_in_view(db, made, tokens=tokens, at=utcnow())["token"])


def stable(answer: Any) -> str:
    """A page without what is new with every request."""
    return re.sub(r'name="(csrf_token|form_key)" value="[^"]+"', "", answer.text)
