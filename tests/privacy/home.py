"""One couple in care at all five services, made through the real APIs: what the privacy tests play in, mostly twice."""

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from services.gateway.commands.accounts import start_sign_in
from services.gateway.models import Account
from services.gateway.queries import sign_in_view
from services.notify.mail.delivering import deliver_once
from shared.db.tenancy import Scope
from shared.events.gateway import InvitationAccepted, PartnerInvited, StaffJoined, StaffRole
from shared.events.sessions import MedicineSessionEnded, Programme
from tests.gateway.door import Door
from tests.notify.mailserver import MailServer
from tests.privacy.appointments import Rooms, furnish
from tests.sessions.couple_in_care import ZONE
from tests.world.world import Caller, World

HERE = "https://localhost"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


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
    rooms: Rooms
    mail: MailServer
    began: datetime  # the practice's now when it began
    keeps_secrets: bool = False  # this is the one of the twins in which Bo does
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
        return client.get(path, headers=self.cookie, base_url=HERE)

    def copy(self, kind: str) -> Any:
        """The file with everything of Ana's own that one tap gets her: a `page` or `data`."""
        client = self.world.sides["gateway"].app.test_client()
        name, _, value = self.cookie["Cookie"].partition("=")
        client.set_cookie(name, value, domain="localhost", secure=True)
        page = client.get("/more/privacy", base_url=HERE).text
        fields = {"csrf_token": _TOKEN.findall(page)[0], "as": kind}
        return client.post("/more/privacy/copy", data=fields, base_url=HERE, headers={"Origin": HERE})

    @property
    def now(self) -> datetime:
        """The practice's."""
        return self.world.now(self.practice)

    @property
    def stands(self) -> bool:
        """A medicine session is confirmed and not held: whatever holds it must hold it in both twins."""
        return "arranged" in self.made and "held" not in self.made

    def book(self, kept_as: str, partner_ids: Sequence[UUID], **said: Any) -> None:
        """The desk's try to book 50 minutes with the therapist."""
        people = {
            "couple_id": str(self.couple_id),
            "partner_ids": [str(one) for one in partner_ids],
            "practitioner_ids": [str(self.therapist_id)],
        }
        booked = self.desk("sessions").post("/bookings", {**people, "duration_min": 50, **said})
        if booked.status_code == 201:
            self.keep(kept_as, booked.json["session_id"])

    def consent(self, partner: Caller, session_id: str) -> None:
        path = f"/me/medicine-sessions/{session_id}/consent"
        partner.post(path, {"text_version": partner.get(path).json["text_version"]})

    def withdraw_transport(self, session_id: str, person_id: UUID) -> None:
        path = f"/medicine-sessions/{session_id}/transport-plan/withdraw"
        self.therapist("sessions").post(path, {"person_id": str(person_id)})

    def go_on(self) -> None:
        """Everything that is due happens, and what is to be mailed goes to the mail server."""
        go_on(self.world, self.mail)

    def settled(self) -> "Home":
        """Let everything that is under way come to its end: a notice waits for its owner's tick, and for its time."""
        settle([self])
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


def make_home(world: World, mail: MailServer) -> Home:
    """A practice, a couple registered at its desk, a care team with hours and rooms, and a login of Ana's."""
    (home,) = make_homes(world, mail, 1)
    return home


def make_homes(world: World, mail: MailServer, count: int) -> list[Home]:
    """Several of the same, of which none knows another."""
    makings, homes = [_making(world, mail) for _ in range(count)], list[Home]()
    while len(homes) < count:
        with world.at_once():
            for making in makings:
                try:
                    next(making)
                except StopIteration as made:
                    homes.append(made.value)
    return homes


def go_on(world: World, mail: MailServer) -> None:
    """Everything that is due happens in every home, and what is to be mailed goes to the mail server."""
    world.clock.step()
    world.pump(ticks=True)
    while deliver_once(world.sides["notify"].database, mail.url, world.clock):
        pass


def settle(homes: Sequence[Home]) -> None:
    """Let everything that is under way in homes of one world come to its end."""
    world, mail = homes[0].world, homes[0].mail
    for _ in range(2):
        go_on(world, mail)
        with world.at_once():
            for home in homes:
                world.move_clock(home.practice, timedelta(hours=1))
    go_on(world, mail)


def _making(world: World, mail: MailServer) -> Generator[None, None, Home]:
    """The steps of it: at each `yield` everybody hears what was told."""
    practice = Door(world, world.sides["gateway"].app).create_practice()
    yield
    began = _begin_in_the_morning(world, practice.id)
    yield
    therapist_id = uuid4()
    contact_id = _contact(world, practice.id, therapist_id)
    world.tell(
        practice.id,
        StaffJoined(person_id=therapist_id, roles=(StaffRole.PRACTITIONER,), contact_id=contact_id),
    )
    yield
    rooms = furnish(world, practice.id, therapist_id)
    desk = world.caller("intake", practice.id, uuid4(), "front_desk")
    couple = desk.post("/couples", {"partners": [{"display_name": "Ana"}, {"display_name": "Bo"}]}).json
    couple_id = UUID(couple["couple_id"])
    ana_id, bo_id = (UUID(one["person_id"]) for one in couple["partners"])
    team = {"practitioner_ids": [str(therapist_id)]}
    assert desk.put(f"/couples/{couple_id}/care-team", team, etag='"1"').status_code == 200
    for person_id in (ana_id, bo_id):
        world.tell(
            practice.id,
            PartnerInvited(
                couple_id=couple_id,
                person_id=person_id,
                contact_id=_contact(world, practice.id, person_id),
            ),
            InvitationAccepted(couple_id=couple_id, person_id=person_id),
        )
    yield
    cookie = signed_in(world, practice.id, ana_id)
    return Home(world, practice.id, couple_id, ana_id, bo_id, therapist_id, cookie, rooms, mail, began)


def _begin_in_the_morning(world: World, practice: UUID) -> datetime:
    """The next 9:03 of the place: twins begin at one moment of their practices' time, far from a quarter hour."""
    now = world.now(practice)
    here = now.astimezone(ZoneInfo(ZONE))
    goal = here.replace(hour=9, minute=3, second=0, microsecond=0)
    if goal <= here:
        goal += timedelta(days=1)
    world.move_clock(practice, timedelta(seconds=int((goal - now).total_seconds()) + 1))
    return goal.astimezone(UTC)


def _contact(world: World, practice: UUID, person_id: UUID) -> UUID:
    """An address that is this person's, once an event has said so."""
    body = {"address": address_of(person_id)}
    made = world.caller("notify", practice, None, "public").post("/contacts", body)
    assert made.status_code == 201, made.text
    return UUID(made.json["contact_id"])


def address_of(person_id: UUID) -> str:
    return f"{person_id}@example.org"


def signed_in(world: World, practice: UUID, person_id: UUID, *roles: str) -> dict[str, str]:
    """The cookie of a new login: a partner's where no role is named."""
    app = world.sides["gateway"].app
    tokens = app.extensions["gateway_tokens"]
    with app.extensions["attune_database"].transaction(Scope(practice)) as db:
        db.add(
            Account(
                person_id=person_id,
                display_name=None,
                roles=list(roles or ("partner",)),
                joined_at=world.clock(),
            )
        )
        db.flush()
        made = start_sign_in(db, person_id=person_id, tokens=tokens, at=world.clock())
        view = sign_in_view(db, made, tokens=tokens, at=world.clock())
    return {"Cookie": f"__Host-attune={view['token']}"}
