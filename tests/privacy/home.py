"""One couple in care at all five services, made through the real APIs: what the privacy tests play in, mostly twice."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from services.gateway.commands.accounts import start_sign_in
from services.gateway.models import Account
from services.gateway.queries import sign_in_view
from shared.db.tenancy import Scope
from shared.events.gateway import InvitationAccepted, PartnerInvited, StaffJoined, StaffRole
from shared.events.sessions import MedicineSessionEnded, Programme
from tests.gateway.door import Door
from tests.world.world import Caller, World


@dataclass
class Home:
    """Ana and Bo, who treats them, and the desk. Ana observes; what Bo keeps to himself must not show."""

    world: World
    practice: UUID
    couple_id: UUID
    ana_id: UUID
    bo_id: UUID
    therapist_id: UUID
    cookie: dict[str, str]  # Ana's, at the gateway's pages
    made: dict[str, list[str]] = field(default_factory=dict)  # ids that acts have made, by kind

    def ana(self, service: str) -> Caller:
        return self.world.caller(service, self.practice, self.ana_id, "partner")

    def bo(self, service: str) -> Caller:
        return self.world.caller(service, self.practice, self.bo_id, "partner")

    def therapist(self, service: str) -> Caller:
        return self.world.caller(service, self.practice, self.therapist_id, "practitioner")

    def desk(self, service: str) -> Caller:
        return self.world.caller(service, self.practice, uuid4(), "front_desk")

    def of_bo(self) -> str:
        """Where the care team finds Bo."""
        return f"/couples/{self.couple_id}/partners/{self.bo_id}"

    def keep(self, kind: str, ident: str) -> str:
        self.made.setdefault(kind, []).append(ident)
        return ident

    def page(self, path: str = "/today") -> Any:
        """A page of the gateway as Ana's browser gets it."""
        client = self.world.sides["gateway"].app.test_client(use_cookies=False)
        return client.get(path, headers=self.cookie, base_url="https://localhost")

    def settled(self) -> "Home":
        """Let everything that is under way come to its end: a notice waits for its owner's tick, and for its time."""
        for _ in range(2):
            self.world.pump(ticks=True)
            self.world.move_clock(self.practice, timedelta(hours=1))
        self.world.pump(ticks=True)
        return self

    def end_a_medicine_session(self) -> None:
        """Both were there; journeys and check-ins begin."""
        ended = MedicineSessionEnded(
            session_id=uuid4(),
            couple_id=self.couple_id,
            partner_ids=(self.ana_id, self.bo_id),
            programme=Programme.KETAMINE_CLINIC,
            at=self.world.now(self.practice) - timedelta(hours=1),
        )
        self.world.tell(self.practice, ended)


def make_home(world: World) -> Home:
    """A practice, a couple registered at its desk, a care team, and a login of Ana's."""
    practice = Door(world, world.sides["gateway"].app).create_practice()
    therapist_id = uuid4()
    world.tell(
        practice.id,
        StaffJoined(person_id=therapist_id, roles=(StaffRole.PRACTITIONER,), contact_id=uuid4()),
    )
    desk = world.caller("intake", practice.id, uuid4(), "front_desk")
    couple = desk.post("/couples", {"partners": [{"display_name": "Ana"}, {"display_name": "Bo"}]}).json
    couple_id = UUID(couple["couple_id"])
    ana_id, bo_id = (UUID(one["person_id"]) for one in couple["partners"])
    team = {"practitioner_ids": [str(therapist_id)]}
    assert desk.put(f"/couples/{couple_id}/care-team", team, etag='"1"').status_code == 200
    for person_id in (ana_id, bo_id):
        world.tell(
            practice.id,
            PartnerInvited(couple_id=couple_id, person_id=person_id, contact_id=uuid4()),
            InvitationAccepted(couple_id=couple_id, person_id=person_id),
        )
    cookie = _signed_in(world, practice.id, ana_id)
    return Home(world, practice.id, couple_id, ana_id, bo_id, therapist_id, cookie)


def _signed_in(world: World, practice: UUID, person_id: UUID) -> dict[str, str]:
    app = world.sides["gateway"].app
    tokens = app.extensions["gateway_tokens"]
    with app.extensions["attune_database"].transaction(Scope(practice)) as db:
        db.add(Account(person_id=person_id, display_name=None, roles=["partner"], joined_at=world.clock()))
        db.flush()
        made = start_sign_in(db, person_id=person_id, tokens=tokens, at=world.clock())
        view = sign_in_view(db, made, tokens=tokens, at=world.clock())
    return {"Cookie": f"__Host-attune={view['token']}"}
