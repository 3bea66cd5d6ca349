"""A practice in which much has happened, by the real doors of all five services: what a rebuild must bring back."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from services.gateway.tokens import INVITATION
from tests.gateway.door import Door, Practice
from tests.gateway.inviting import accept, invite
from tests.integration.story import FINE, UNSAFE
from tests.sessions.couple_in_care import ZONE, CoupleInCare, license_and_open
from tests.world.world import World

NOT_GIVEN_UP_YET = timedelta(minutes=20)  # past the next release, long before a held slot is given up


class CoupleOfIntake(CoupleInCare):
    """A couple that intake registered: its facts come from the commands of their owners."""

    def make_ready(self, *people: UUID) -> None:
        clinician = self.world.caller("intake", self.practice, self.practitioner_id, "practitioner")
        expires_at = (self.now + timedelta(days=80)).isoformat()
        for person_id in people or self.partner_ids:
            here = f"/couples/{self.couple_id}/partners/{person_id}"
            made(clinician.post(f"{here}/preparation-completed"))
            for decision in ({"decision": "not_yet"}, {"decision": "ready", "expires_at": expires_at}):
                made(clinician.post(f"{here}/readiness", {"reason": "As talked about.", **decision}))
        self.world.pump()


@dataclass
class Clinic:
    """A demo practice made through the gateway, where its clock is moved too."""

    world: World
    practice: Practice
    therapist_id: UUID
    admin: dict[str, str]
    medicine_room: str
    talk_room: str

    @property
    def id(self) -> UUID:
        return self.practice.id

    def pass_time(self, by: timedelta) -> None:
        """Move the practice's clock, and let all that follows happen."""
        forward_s = int(by.total_seconds())
        body = {"forward_s": forward_s}
        made(self.practice.door.post("/api/v1/demo/clock", body, headers=self.admin))
        self.world._offsets[self.id] = self.world._offsets.get(self.id, 0) + forward_s
        self.world.pump(ticks=True)
        self.world.pump(ticks=True)

    def enquire(self) -> str:
        """Somebody asks, and books the consultation."""
        path = f"/api/v1/p/{self.practice.slug}/enquiries"
        body = {"display_name": "Ana", "email": "ana@example.org"}
        enquiry_id = str(made(self.practice.door.post(path, body)).json["enquiry_id"])
        self.world.pump()
        visitor = self.world.caller("sessions", self.id, None, "public")
        starts_at = visitor.get("/consultation-times").json["items"][-1]["starts_at"]
        made(visitor.post("/consultations", {"enquiry_id": enquiry_id, "starts_at": starts_at}))
        return enquiry_id

    def couple(self, *, days_ahead: int = 10, enquiry_id: str | None = None, partners: int = 2) -> Any:
        """A couple that the therapist treats, whose partners have joined; see CoupleInCare."""
        desk = self.world.caller("intake", self.id, uuid4(), "front_desk")
        names = [{"display_name": name} for name in ("Ana", "Bo")[:partners]]
        body = {"partners": names, **({"enquiry_id": enquiry_id} if enquiry_id else {})}
        registered = made(desk.post("/couples", body)).json
        couple_id = UUID(registered["couple_id"])
        ids = [UUID(one["person_id"]) for one in registered["partners"]]
        team = {"practitioner_ids": [str(self.therapist_id)]}
        assert desk.put(f"/couples/{couple_id}/care-team", team, etag='"1"').status_code == 200
        self.world.pump()
        for person_id in ids:
            self.join(person_id)
        day = (self.world.now(self.id).astimezone(ZoneInfo(ZONE)) + timedelta(days=days_ahead)).date()
        starts_at = datetime(day.year, day.month, day.day, 10, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
        return CoupleOfIntake(
            self.world, self.id, couple_id, (ids[0], ids[-1]), self.therapist_id,
            self.medicine_room, self.talk_room, starts_at,
        )  # fmt: skip

    def join(self, person_id: UUID) -> None:
        """A partner is invited, and takes it up."""
        tokens = self.practice.door.app.extensions["gateway_tokens"]
        email = f"{person_id}@example.org"
        invited = made(invite(self.practice, self.admin, person_id, email=email)).json["invitation_id"]
        made(accept(self.practice, tokens.make(INVITATION, self.id, UUID(invited))))


def clinic(world: World) -> Clinic:
    """The practice, its therapist and its rooms."""
    practice = Door(world, world.sides["gateway"].app).create_practice()
    therapist_id = practice.join_staff("practitioner")
    admin = practice.signed_in("practice_admin")
    world.pump()
    license_and_open(world, practice.id, therapist_id)
    rooms = world.caller("sessions", practice.id, uuid4(), "practice_admin")
    medicine = rooms.post("/rooms", {"name": "Aspen", "kind": "medicine"}).json["room_id"]
    talk = rooms.post("/rooms", {"name": "Birch", "kind": "talk"}).json["room_id"]
    return Clinic(world, practice, therapist_id, admin, medicine, talk)


def play(world: World) -> Clinic:
    """Couples in every state: one came all the way, others were held, given up, are still to come, or never were."""
    here = clinic(world)
    all_the_way(here, here.couple(enquiry_id=here.enquire()))
    here.couple(partners=1)
    world.caller("intake", here.id, uuid4(), "front_desk").post(
        "/couples", {"partners": [{"display_name": "Cy"}]}
    )
    held, given_up, to_come, never = (here.couple(days_ahead=days) for days in (20, 30, 40, 50))
    sessions = {one.couple_id: one.confirmed()[0] for one in (held, given_up, to_come)}
    here.pass_time(NOT_GIVEN_UP_YET)
    held.withdraw(held.bo, sessions[held.couple_id])
    made(given_up.therapist.post(f"/medicine-sessions/{sessions[given_up.couple_id]}/cancel"))
    made(never.therapist.post(f"/medicine-sessions/{never.plan()}/cancel"))
    booked = to_come.book(kind="preparation", starts_at=(to_come.starts_at - timedelta(days=3)).isoformat())
    made(to_come.desk.post(f"/bookings/{booked}/cancel"))
    here.enquire()
    here.pass_time(NOT_GIVEN_UP_YET)
    return here


def all_the_way(here: Clinic, couple: CoupleOfIntake) -> None:
    """A medicine session from plan to end; one partner is well after it, the other worries their care team."""
    world = here.world
    session_id, integration_id = couple.confirmed()
    here.pass_time(couple.starts_at - timedelta(minutes=10) - couple.now)
    for partner in (couple.ana, couple.bo):
        made(couple.reaffirm(partner, session_id))
    world.pump(ticks=True)
    made(couple.start(session_id))
    made(couple.therapist.post(f"/medicine-sessions/{session_id}/end"))
    here.pass_time(timedelta(days=3))
    for person_id, answer in zip(couple.partner_ids, (FINE, UNSAFE), strict=True):
        partner = world.caller("integration", here.id, person_id, "partner")
        items = partner.get("/me/check-ins").json["items"]
        made(partner.post(f"/me/check-ins/{items[0]['check_in_id']}/answer", answer))
        made(partner.post(f"/me/check-ins/{items[1]['check_in_id']}/skip"))
    world.pump(ticks=True)
    team = world.caller("notify", here.id, here.therapist_id, "practitioner")
    (alert,) = team.get("/alerts").json["items"]
    made(team.post(f"/alerts/{alert['alert_id']}/acknowledge"))
    made(couple.therapist.post(f"/bookings/{integration_id}/complete"))
    here.join(couple.partner_ids[0])
    here.pass_time(NOT_GIVEN_UP_YET)


def made(answer: Any) -> Any:
    """The answer, which must be a success."""
    assert answer.status_code in (200, 201), answer.text
    return answer
