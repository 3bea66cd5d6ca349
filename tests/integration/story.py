"""A couple in care and what happens to them, for integration's tests."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg

from shared.confidentiality import ConfidentialityPolicy
from shared.events import decode
from shared.events.base import Event
from shared.events.intake import (
    BreakGlassOpened,
    CareTeamChanged,
    ConfidentialityPolicyChanged,
    CoupleRegistered,
)
from shared.events.sessions import MedicineSessionEnded, Programme
from tests.world.world import Caller, World

FINE = {"mood": 7, "sleep_h": 7.5, "is_safe_at_home": True, "wants_contact": False}
UNSAFE = {**FINE, "is_safe_at_home": False}
CALL_ME = {**FINE, "wants_contact": True}
ENTRY = {"channel": "feelings", "text": "The river was warm.", "mood": 6}


@dataclass
class Couple:
    """Ana and Bo, and the practitioner who treats them."""

    world: World
    practice: UUID
    couple_id: UUID
    ana_id: UUID
    bo_id: UUID
    therapist_id: UUID

    @property
    def ana(self) -> Caller:
        return self.world.caller("integration", self.practice, self.ana_id, "partner")

    @property
    def bo(self) -> Caller:
        return self.world.caller("integration", self.practice, self.bo_id, "partner")

    @property
    def therapist(self) -> Caller:
        return self.world.caller("integration", self.practice, self.therapist_id, "practitioner")

    def ended(self, session_id: UUID | None = None, *, at: datetime | None = None, **changed: Any) -> UUID:
        """A medicine session of both ended (by default an hour ago); returns its id."""
        session_id = session_id or uuid4()
        fact = {
            "session_id": session_id,
            "couple_id": self.couple_id,
            "partner_ids": (self.ana_id, self.bo_id),
            "programme": Programme.KETAMINE_CLINIC,
            "at": at or self.world.now(self.practice) - timedelta(hours=1),
            **changed,
        }
        self.world.tell(self.practice, MedicineSessionEnded(**fact))
        return session_id

    def agrees_on(self, policy: ConfidentialityPolicy, *, sequence: int = 2, **at: datetime) -> None:
        """From now on (or since another moment) this confidentiality policy holds, as intake tells."""
        since = at.get("since", self.world.now(self.practice))
        fact = ConfidentialityPolicyChanged(
            couple_id=self.couple_id, sequence=sequence, policy=policy, since=since
        )
        self.world.tell(self.practice, fact)

    def is_opened_to(
        self, who: UUID, *, person_id: UUID | None = None, lasts: timedelta = timedelta(hours=1)
    ) -> UUID:
        """A clinician breaks the glass to the couple, or to one partner, as intake tells; returns its id."""
        opened = BreakGlassOpened(
            break_glass_id=uuid4(),
            couple_id=self.couple_id,
            person_id=person_id,
            practitioner_id=who,
            expires_at=self.world.now(self.practice) + lasts,
        )
        self.world.tell(self.practice, opened)
        return opened.break_glass_id

    def pass_days(self, days: int) -> None:
        """Let days of the practice's clock go by."""
        self.world.move_clock(self.practice, timedelta(days=days))

    def events(self, *kinds: type[Event]) -> list[Event]:
        """What integration has put on the log for this practice, oldest first."""
        return told(self.world, self.practice, *kinds)

    def has_failures(self) -> bool:
        """Whether an event was put aside or a timer has to be tried again: then nothing happened for a wrong reason."""
        rows = self.world.rows
        return bool(
            rows(
                "integration",
                self.practice,
                "SELECT 1 FROM dead_letter WHERE practice_id = %s",
                self.practice,
            )
            or rows(
                "integration",
                self.practice,
                "SELECT 1 FROM timer WHERE attempts > 0 AND practice_id = %s",
                self.practice,
            )
        )


def a_couple(world: World, *, practice: UUID | None = None, partners: int = 2) -> Couple:
    """A couple that intake has told of, with its care team."""
    couple = Couple(world, practice or world.practice(), uuid4(), uuid4(), uuid4(), uuid4())
    both = (couple.ana_id, couple.bo_id)
    world.tell(
        couple.practice,
        CoupleRegistered(couple_id=couple.couple_id, partner_ids=both[:partners]),
        CareTeamChanged(couple_id=couple.couple_id, practitioner_ids=(couple.therapist_id,)),
    )
    return couple


def told(world: World, practice: UUID, *kinds: type[Event]) -> list[Event]:
    """Integration's events of one practice, as they lie on the log, oldest first per key."""
    world.pump()
    found = []
    with psycopg.connect(world.sides["integration"].settings.event_log_url) as log:
        rows = log.execute(
            'SELECT headers, value FROM log_record WHERE topic = %s ORDER BY appended_at, partition, "offset"',
            ("attune.integration",),
        ).fetchall()
    for pairs, value in rows:
        headers = dict(pairs)
        if headers["ce_practice"] == str(practice):
            fact = decode(headers["ce_type"], value)
            if not kinds or isinstance(fact, kinds):
                found.append(fact)
    return found
