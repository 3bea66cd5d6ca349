"""A couple in care with everything a medicine session needs, so that a test can say what it leaves out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import psycopg

from shared.clock import next_quarter_hour
from shared.events import decode
from shared.events.base import Event
from shared.events.gateway import StaffJoined, StaffRole
from shared.events.intake import (
    CareTeamChanged,
    CoupleRegistered,
    PreparationCompleted,
    Readiness,
    ReadinessDecided,
)
from tests.world.world import Caller, World

ZONE = "America/Denver"


@dataclass
class CoupleInCare:
    """`ana` and `bo` are the partners, `therapist` treats them; a medicine room and the practice exist."""

    world: World
    practice: UUID
    couple_id: UUID
    partner_ids: tuple[UUID, UUID]
    practitioner_id: UUID
    medicine_room: str
    talk_room: str
    starts_at: datetime  # of the medicine session that `plan` makes

    @property
    def ana(self) -> Caller:
        return self.world.caller("sessions", self.practice, self.partner_ids[0], "partner")

    @property
    def bo(self) -> Caller:
        return self.world.caller("sessions", self.practice, self.partner_ids[1], "partner")

    @property
    def therapist(self) -> Caller:
        return self.world.caller("sessions", self.practice, self.practitioner_id, "practitioner")

    @property
    def desk(self) -> Caller:
        return self.world.caller("sessions", self.practice, uuid4(), "front_desk")

    @property
    def now(self) -> datetime:
        return self.world.now(self.practice)

    def make_ready(self, *people: UUID) -> None:
        facts: list[Event] = []
        for person_id in people or self.partner_ids:
            facts.append(self.decision(person_id, Readiness.READY))
            facts.append(PreparationCompleted(couple_id=self.couple_id, person_id=person_id, at=self.now))
        self.world.tell(self.practice, *facts)

    def decision(
        self, person_id: UUID, decision: Readiness, *, expires_at: datetime | None = None
    ) -> ReadinessDecided:
        if decision is Readiness.READY and expires_at is None:
            expires_at = self.now + timedelta(days=80)
        return ReadinessDecided(
            couple_id=self.couple_id,
            person_id=person_id,
            decision_id=uuid4(),
            decision=decision,
            expires_at=expires_at,
        )

    def decide(self, person_id: UUID, decision: Readiness, *, expires_at: datetime | None = None) -> None:
        self.world.tell(self.practice, self.decision(person_id, decision, expires_at=expires_at))

    def plan_answer(self, **changes: Any) -> Any:
        body = {
            "couple_id": str(self.couple_id),
            "programme": "ketamine_clinic",
            "taking_ids": [str(one) for one in self.partner_ids],
            "attending_ids": [],
            "practitioner_ids": [str(self.practitioner_id)],
            "room_id": self.medicine_room,
            "starts_at": self.starts_at.isoformat(),
            "duration_min": 180,
        }
        return self.therapist.post("/medicine-sessions", {**body, **changes})

    def plan(self, **changes: Any) -> str:
        answer = self.plan_answer(**changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json["session_id"])

    def book_answer(self, **changes: Any) -> Any:
        body = {
            "kind": "integration",
            "couple_id": str(self.couple_id),
            "partner_ids": [str(one) for one in self.partner_ids],
            "practitioner_ids": [str(self.practitioner_id)],
            "room_id": self.talk_room,
            "starts_at": (self.starts_at + timedelta(days=1)).isoformat(),
            "duration_min": 60,
        }
        return self.desk.post("/bookings", {**body, **changes})

    def book(self, **changes: Any) -> str:
        answer = self.book_answer(**changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json["session_id"])

    def arrange_transport(self, session_id: str, people: Sequence[UUID] = ()) -> None:
        for person_id in people or self.partner_ids:
            path = f"/medicine-sessions/{session_id}/transport-plan"
            answer = self.therapist.post(path, {"person_id": str(person_id)})
            assert answer.status_code == 201, answer.text

    def consent(self, caller: Caller, session_id: str) -> Any:
        path = f"/me/medicine-sessions/{session_id}/consent"
        answer = caller.post(path, {"text_version": caller.get(path).json["text_version"]})
        assert answer.status_code == 201, answer.text
        return answer

    def withdraw(self, caller: Caller, session_id: str) -> Any:
        return caller.post(f"/me/medicine-sessions/{session_id}/withdraw")

    def reaffirm(self, caller: Caller, session_id: str) -> Any:
        return caller.post(f"/me/medicine-sessions/{session_id}/reaffirm")

    def start(self, session_id: str, **body: Any) -> Any:
        return self.therapist.post(f"/medicine-sessions/{session_id}/start", body)

    def state_of(self, session_id: str) -> str:
        return str(self.therapist.get(f"/medicine-sessions/{session_id}").json["state"])

    def confirmed(self, **changes: Any) -> tuple[str, str]:
        """A confirmed medicine session and its integration: everything done that the gate asks."""
        self.make_ready()
        session_id = self.plan(**changes)
        integration_id = self.book()
        self.arrange_transport(session_id)
        self.consent(self.ana, session_id)
        self.consent(self.bo, session_id)
        assert self.state_of(session_id) == "confirmed"
        return session_id, integration_id

    def move_to(self, moment: datetime) -> None:
        """Move the practice's clock to `moment`, or just past it: it runs on in whole seconds."""
        ahead = moment - self.now
        self.world.move_clock(self.practice, timedelta(seconds=int(ahead.total_seconds()) + 1))

    def on_the_day(self, **changes: Any) -> str:
        """A confirmed session ten minutes before its start, both consents reaffirmed, facts fresh."""
        session_id, _ = self.confirmed(**changes)
        self.move_to(self.starts_at - timedelta(minutes=10))
        for partner in (self.ana, self.bo):
            answer = self.reaffirm(partner, session_id)
            assert answer.status_code == 201, answer.text
        self.world.pump(ticks=True)
        return session_id

    def shown(self, caller: Caller, session_id: str) -> dict[str, Any]:
        """What a partner sees of one session."""
        items = caller.get("/me/sessions").json["items"]
        (found,) = [one for one in items if one["session_id"] == session_id]
        return dict(found)


def couple_in_care(world: World, *, days_ahead: int = 10, practice: UUID | None = None) -> CoupleInCare:
    """A couple whose medicine session can be planned at 10:00 of a local day, now being some minutes past a quarter."""
    practice = practice or world.practice(zone=ZONE)
    couple_id, practitioner_id = uuid4(), uuid4()
    partner_ids = (uuid4(), uuid4())
    world.tell(
        practice,
        StaffJoined(person_id=practitioner_id, roles=(StaffRole.PRACTITIONER,), contact_id=uuid4()),
        CoupleRegistered(couple_id=couple_id, partner_ids=partner_ids),
        CareTeamChanged(couple_id=couple_id, practitioner_ids=(practitioner_id,)),
    )
    # Three minutes past a quarter hour: far from the next release, whenever the test runs.
    now = world.now(practice)
    goal = next_quarter_hour(now) + timedelta(minutes=3)
    world.move_clock(practice, timedelta(seconds=int((goal - now).total_seconds())))
    admin = world.caller("sessions", practice, uuid4(), "practice_admin")
    medicine_room = admin.post("/rooms", {"name": "Aspen", "kind": "medicine"}).json["room_id"]
    talk_room = admin.post("/rooms", {"name": "Birch", "kind": "talk"}).json["room_id"]
    license_and_open(world, practice, practitioner_id)
    day = (world.now(practice).astimezone(ZoneInfo(ZONE)) + timedelta(days=days_ahead)).date()
    starts_at = datetime(day.year, day.month, day.day, 10, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
    return CoupleInCare(
        world, practice, couple_id, partner_ids, practitioner_id, medicine_room, talk_room, starts_at
    )


def license_and_open(
    world: World, practice: UUID, practitioner_id: UUID, *, is_licensed: bool = True
) -> None:
    """A licence for years, and availability from 08:00 to 20:00 every day."""
    admin = world.caller("sessions", practice, uuid4(), "practice_admin")
    if is_licensed:
        licence = {"profession": "therapist", "jurisdiction": "US-CO"}
        dates = {"valid_from": "2020-01-01", "valid_until": "2099-12-31"}
        answer = admin.post(f"/practitioners/{practitioner_id}/licences", {**licence, **dates})
        assert answer.status_code == 201, answer.text
    for weekday in range(7):
        span = {"weekday": weekday, "from_time": "08:00", "until_time": "20:00", "zone": ZONE}
        answer = admin.post(f"/practitioners/{practitioner_id}/availability", span)
        assert answer.status_code == 201, answer.text


def events_of(world: World, practice: UUID, session_id: str | None = None) -> list[str]:
    """Names of the events that sessions has recorded and not yet relayed, in order."""
    rows = world.rows(
        "sessions",
        practice,
        "SELECT type, convert_from(payload, 'UTF8') FROM outbox WHERE practice_id = %s ORDER BY id",
        practice,
    )
    return [row[0].split(".")[2] for row in rows if session_id is None or session_id in row[1]]


def told(world: World, practice: UUID, *kinds: type[Event]) -> list[Any]:
    """Sessions' events of these kinds as they lie on the log, oldest first per key."""
    world.pump()
    with psycopg.connect(world.sides["sessions"].settings.event_log_url) as log:
        rows = log.execute(
            'SELECT headers, value FROM log_record WHERE topic = %s ORDER BY appended_at, partition, "offset"',
            ("attune.sessions",),
        ).fetchall()
    of_practice = [(dict(pairs), value) for pairs, value in rows]
    facts = [
        decode(headers["ce_type"], value)
        for headers, value in of_practice
        if headers["ce_practice"] == str(practice)
    ]
    return [fact for fact in facts if isinstance(fact, kinds)]
