"""A practice with a couple, their care team and addresses, as notify's tests play it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.notify.worker import deliver_once
from shared.db.tenancy import Scope
from shared.events.base import Event
from shared.events.gateway import (
    InvitationAccepted,
    PartnerInvited,
    PracticeClockMoved,
    StaffJoined,
    StaffRole,
)
from shared.events.intake import CareTeamChanged, CoupleRegistered
from shared.events.sessions import (
    MedicineSessionConfirmed,
    MedicineSessionHeld,
    SessionBooked,
    SessionKind,
)
from shared.path import outbox
from tests.notify.mailserver import MailServer
from tests.world.world import World

PUBLIC_URL = "http://localhost:8000"


@dataclass
class Office:
    world: World
    server: MailServer
    practice: UUID
    couple: UUID = field(default_factory=uuid4)
    ana: UUID = field(default_factory=uuid4)
    bo: UUID = field(default_factory=uuid4)
    team: list[UUID] = field(default_factory=lambda: [uuid4(), uuid4()])
    admin: UUID = field(default_factory=uuid4)
    ahead: timedelta = timedelta()  # how far the practice's clock has been moved

    def settle(self) -> None:
        """Everybody in, addresses claimed and safe, the sender named."""
        self.as_one(None, "operator").put("/sender", {"display_name": "Oak Practice"})
        self.tell(
            CoupleRegistered(couple_id=self.couple, partner_ids=(self.ana, self.bo)),
            CareTeamChanged(couple_id=self.couple, practitioner_ids=tuple(self.team)),
            *(self.joined(person, StaffRole.PRACTITIONER) for person in self.team),
            self.joined(self.admin, StaffRole.PRACTICE_ADMIN),
            *self.invited(self.ana),
            *self.invited(self.bo),
        )

    def invited(self, person: UUID) -> tuple[Event, Event]:
        contact = self.contact(self.address(person))
        return (
            PartnerInvited(couple_id=self.couple, person_id=person, contact_id=contact),
            InvitationAccepted(couple_id=self.couple, person_id=person),
        )

    def joined(self, person: UUID, *roles: StaffRole) -> StaffJoined:
        return StaffJoined(person_id=person, roles=roles, contact_id=self.contact(self.address(person)))

    def address(self, person: UUID) -> str:
        return f"{person}@example.org"

    def contact(self, address: str) -> UUID:
        answer = self.as_one(None, "public").post("/contacts", {"address": address})
        assert answer.status_code == 201, answer.text
        return UUID(answer.json["contact_id"])

    def as_one(self, person: UUID | None, *roles: str) -> Any:
        return self.world.caller("notify", self.practice, person, *roles)

    def tell(self, *facts: Event, is_fresh: bool = True) -> None:
        """Facts arrive, with their owners' ticks before them, and notify does what follows at once."""
        owners = {"sessions", "integration", "intake"} if is_fresh else set()
        for owner in owners:
            with self.world.sides[owner].database.transaction(Scope(role="worker")) as db:
                db.info["outbox"].record_ticks(db, owner)
        for fact in facts:
            with self.world.sides[fact.OWNER].database.transaction(Scope(self.practice, role="worker")) as db:
                outbox.record(db, fact)
        for owner in owners | {fact.OWNER for fact in facts}:
            side = self.world.sides[owner]
            while side.relay.relay_once(side.relay_connection):
                pass
        notify = self.world.sides["notify"]
        while notify.consumer.step(0.0) + notify.timers.fire_due():
            pass

    def wait(self, by: timedelta, *, is_fresh: bool = True) -> None:
        """The practice's time goes on."""
        self.ahead += by
        self.tell(PracticeClockMoved(offset_s=int(self.ahead.total_seconds())), is_fresh=is_fresh)

    def wait_until(self, moment: datetime) -> None:
        self.wait(moment - self.now + timedelta(seconds=1))

    @property
    def now(self) -> datetime:
        return self.world.clock() + self.ahead

    def send(self) -> int:
        """One round of the sender by hand."""
        return deliver_once(
            self.world.sides["notify"].database, self.server.url, self.world.clock, public_url=PUBLIC_URL
        )

    def send_all_others(self) -> None:
        """Nothing of any practice falls due within the next minutes: a sender under test meets its own mail."""
        before = self.world.clock.ahead
        self.world.clock.ahead += timedelta(minutes=10)
        try:
            while self.send():
                pass
        finally:
            self.world.clock.ahead = before

    def mails(self, person: UUID) -> list[Any]:
        self.send()
        return self.server.to(self.address(person))

    def inbox(self, person: UUID, role: str = "partner") -> list[dict[str, Any]]:
        answer = self.as_one(person, role).get("/me/inbox")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json["items"]
        return items

    def states(self) -> list[str]:
        found = self.world.rows(
            "notify", self.practice, "SELECT state FROM delivery WHERE channel = 'email' ORDER BY created_at"
        )
        return [row.state for row in found]

    def booking(self, starts_at: datetime, session: UUID | None = None, **other: Any) -> SessionBooked:
        facts: dict[str, Any] = {
            "session_id": session or uuid4(),
            "kind": SessionKind.PREPARATION,
            "couple_id": self.couple,
            "partner_ids": (self.ana,),
            "practitioner_ids": (self.team[0],),
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=1),
            "zone": "America/Denver",
        }
        return SessionBooked(**{**facts, **other})

    def confirmation(
        self, session: UUID, starts_at: datetime, released_at: datetime
    ) -> MedicineSessionConfirmed:
        return MedicineSessionConfirmed(
            session_id=session,
            couple_id=self.couple,
            partner_ids=(self.ana, self.bo),
            practitioner_ids=(self.team[0],),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=4),
            zone="America/Denver",  # type: ignore[arg-type]
            released_at=released_at,
        )

    def hold(self, session: UUID, released_at: datetime) -> MedicineSessionHeld:
        return MedicineSessionHeld(
            session_id=session,
            couple_id=self.couple,
            partner_ids=(self.ana, self.bo),
            released_at=released_at,
        )
