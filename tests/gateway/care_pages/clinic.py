"""A practice whose staff look at their pages: real services behind the door."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx

from shared.clock import next_quarter_hour
from shared.db.practice import move_clock
from shared.db.tenancy import Scope
from shared.events.sessions import MedicineSessionEnded, Programme
from tests.gateway.door import Door, Practice, bearer, door_to
from tests.gateway.visitor import Visitor
from tests.sessions.couple_in_care import ZONE, CoupleInCare, license_and_open
from tests.world.world import Caller, World

SAM, NOOR = "Sam", "Noor"


@dataclass
class Clinic:
    """Ines treats Sam and Noor; Maren, a prescriber, does not; Fay is at the desk."""

    world: World
    door: Door
    practice: Practice
    couple: CoupleInCare
    maren_id: UUID
    fay_id: UUID

    @property
    def path(self) -> str:
        return f"/couples/{self.couple.couple_id}"

    @property
    def sam_id(self) -> UUID:
        return self.couple.partner_ids[0]

    def visitor(self, person_id: UUID, door: Door | None = None) -> Visitor:
        return Visitor(door or self.door, cookie=self.practice.sign_in(person_id))

    def ines(self, door: Door | None = None) -> Visitor:
        return self.visitor(self.couple.practitioner_id, door)

    def maren(self) -> Visitor:
        return self.visitor(self.maren_id)

    def fay(self) -> Visitor:
        return self.visitor(self.fay_id)

    def asks(self, service: str, person_id: UUID) -> Caller:
        """A partner at one service's own API."""
        return self.world.caller(service, self.practice.id, person_id, "partner")

    def follow(self) -> None:
        """The gateway owns the practice's clock, which tests move by its event alone: it shows the same time."""
        ahead = self.couple.now - self.world.clock()
        scope = Scope(self.practice.id, role="worker")
        with self.world.sides["gateway"].database.transaction(scope) as db:
            move_clock(db, self.practice.id, round(ahead.total_seconds()))

    def writes(self, person_id: UUID, part: str, text: str, *, shares: bool = False) -> None:
        """A partner's words, for themselves and who treats them; shared, for the other one too."""
        partner = self.asks("intake", person_id)
        etag = partner.put(f"/me/intention/parts/{part}", {"text": text}, etag='"0"').headers["ETag"]
        if shares:
            path = f"/me/intention/parts/{part}/share"
            answer = partner.post(path, headers={"If-Match": etag})
            assert answer.status_code == 201, answer.text
        self.world.pump()

    def worries(self, person_id: UUID) -> None:
        """A partner's check-in of the first day says that they are not safe at home."""
        partner = self.asks("integration", person_id)
        (one, *_) = partner.get("/me/check-ins").json["items"]
        body = {"mood": 4, "sleep_h": 6, "is_safe_at_home": False, "wants_contact": True}
        answer = partner.post(f"/me/check-ins/{one['check_in_id']}/answer", body)
        assert answer.status_code == 201, answer.text
        self.world.pump()

    def without(self, service: str) -> Door:
        """The same door while this service does not answer."""
        real = {name: side.app for name, side in self.world.sides.items() if name != "gateway"}

        def to(name: str) -> Callable[[httpx.Request], httpx.Response]:
            transport = httpx.WSGITransport(app=real[name])

            def answer(request: httpx.Request) -> httpx.Response:
                if name == service:
                    raise httpx.ConnectError("refused")
                return transport.handle_request(request)

            return answer

        return door_to(self.world, {name: to(name) for name in real})

    def has_ended(self) -> str:
        """A medicine session that took place; it is the day after."""
        session_id = self.couple.on_the_day()
        assert self.couple.start(session_id, confirms_facts=True).status_code == 201
        ended = self.couple.therapist.post(f"/medicine-sessions/{session_id}/end")
        assert ended.status_code == 201, ended.text
        self.world.pump()
        self.world.move_clock(self.practice.id, timedelta(hours=24))
        self.follow()
        return session_id

    def has_ended_elsewhere(self) -> None:
        """Each partner's journey has begun, and its first check-in is open; the calendar knows nothing of it."""
        ended = MedicineSessionEnded(
            session_id=uuid4(),
            couple_id=self.couple.couple_id,
            partner_ids=self.couple.partner_ids,
            programme=Programme.KETAMINE_CLINIC,
            at=self.couple.now - timedelta(hours=1),
        )
        self.world.tell(self.practice.id, ended)
        self.world.move_clock(self.practice.id, timedelta(hours=30))
        self.follow()


def open_clinic(world: World, door: Door) -> Clinic:
    practice = door.create_practice()
    ines, maren = practice.join_staff("practitioner"), practice.join_staff("prescriber", name="Maren")
    fay = practice.join_staff("front_desk", name="Fay")
    world.pump()
    desk = bearer(practice.sign_in(fay))
    names = {"partners": [{"display_name": SAM}, {"display_name": NOOR}]}
    made: Any = door.post("/api/v1/intake/couples", names, headers=desk)
    assert made.status_code == 201, made.text
    couple_id = made.json["couple_id"]
    team = door.open(
        "PUT",
        f"/api/v1/intake/couples/{couple_id}/care-team",
        json={"practitioner_ids": [str(ines)]},
        headers={**desk, "If-Match": made.headers["ETag"]},
    )
    assert team.status_code == 200, team.text
    world.pump()
    now = world.now(practice.id)
    goal = next_quarter_hour(now) + timedelta(minutes=3)
    world.move_clock(practice.id, timedelta(seconds=int((goal - now).total_seconds())))
    admin = world.caller("sessions", practice.id, uuid4(), "practice_admin")
    rooms = [
        admin.post("/rooms", {"name": name, "kind": kind}).json["room_id"]
        for name, kind in (("Aspen", "medicine"), ("Birch", "talk"))
    ]
    license_and_open(world, practice.id, ines)
    day = (world.now(practice.id).astimezone(ZoneInfo(ZONE)) + timedelta(days=10)).date()
    starts_at = datetime(day.year, day.month, day.day, 10, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
    one, other = (UUID(partner["person_id"]) for partner in made.json["partners"])
    couple = CoupleInCare(
        world, practice.id, UUID(couple_id), (one, other), ines, rooms[0], rooms[1], starts_at
    )
    clinic = Clinic(world, door, practice, couple, maren, fay)
    clinic.follow()
    return clinic


def a_word() -> str:
    """Words that nothing else says."""
    return f"canary-{secrets.token_hex(6)}"
