"""People who want the same at one time: races for a slot, a start against a withdrawal, news that just went stale."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from deploy.local.journey import day, intake, integration, medicine, practice, readiness
from deploy.local.journey.accounts import MakeClient
from deploy.local.journey.clock import rfc3339
from deploy.local.journey.mailbox import Mailbox
from deploy.local.journey.people import Couple, MedicineSession
from deploy.local.journey.story import Story

UNSAFE = {"mood": 2, "sleep_h": 3, "is_safe_at_home": False, "wants_contact": True, "words": "Not well."}
_MOST_RACES = 12
_STARTS_AFTER = 3


class Crowd:
    """One demo practice: a couple that is past its medicine session, and one that is always about to have one."""

    def __init__(self, story: Story, url: str, operator_key: str, connect: MakeClient) -> None:
        self._story, self._number, self._races = story, 0, 0
        mailbox = Mailbox(connect(url, authorization=f"Operator {operator_key}"))
        self._stage = practice.open_practice(story, url, operator_key, mailbox, connect)
        self._past = self._register()
        session = self._confirm(self._past)
        day.remind(self._stage, self._past, session)
        day.hold(self._stage, self._past, session)
        integration.open_journeys(self._stage, self._past)
        self._about = self._register()
        self._session: MedicineSession | None = None
        self._is_start_late = False

    def prepare(self) -> None:
        """A medicine session is ten minutes away and both have reaffirmed: it may start."""
        session = self._confirm(self._about)
        self._stage.clock.move_to(session.before(minutes=10))
        self._stage.letters.told(*self._about.partners, of="the reminder 2 h before")
        for person in self._about.partners:
            path = f"/sessions/me/medicine-sessions/{session.session_id}/reaffirm"
            person.client.make(path, {})
        self._session = session

    def act(self, is_over: threading.Event) -> None:
        """Everything at once, while harm is done: at least one round of each, then races until it is over."""
        self._start_against_withdrawal()
        self._answer_unsafe()
        self._news_that_is_off()
        for _ in range(_MOST_RACES):
            self._race_for_a_slot()
            if is_over.wait(0.5):
                break

    def _register(self) -> Couple:
        staff, self._number = self._stage.practice, self._number + 1
        names = (f"Eleni{self._number}", f"Farid{self._number}")
        couple = intake.register(self._stage, names, (staff.prescriber, staff.therapist))
        readiness.prepare(self._stage, couple)
        return couple

    def _confirm(self, couple: Couple) -> MedicineSession:
        plan = medicine.Plan(
            programme="ketamine_clinic",
            day=self._stage.clock.today() + timedelta(days=4),
            taking=couple.partners,
            attending=(),
            practitioners=couple.care_team,
        )
        return medicine.confirm(self._stage, couple, plan)

    def _start_against_withdrawal(self) -> None:
        """The therapist starts while a partner withdraws, and goes on trying after that was answered (C1)."""
        session, couple = self._session, self._about
        assert session is not None
        therapist = session.practitioners[-1]
        path = f"/sessions/medicine-sessions/{session.session_id}"
        withdraw = f"/sessions/me/medicine-sessions/{session.session_id}/withdraw"
        has_begun = False
        with ThreadPoolExecutor(1) as pool:
            withdrawal = pool.submit(couple.first.client.make, withdraw, {})
            # By turns either of them is the likelier to be first.
            self._is_start_late = not self._is_start_late
            if self._is_start_late:
                time.sleep(random.uniform(0.02, 0.2))
            left = _STARTS_AFTER
            while left:
                left -= withdrawal.done()
                has_begun |= therapist.client.post(f"{path}/start", {"confirms_facts": True}).status == 201
            withdrawal.result()
        if has_begun:
            self._stage.clock.move_to(session.ends_at)
            therapist.client.make(f"{path}/end", {})
            self._about = self._register()
        else:
            self._stage.letters.told_alike(*couple.partners, of="the change of plans")

    def _answer_unsafe(self) -> None:
        """Whoever of the other couple has a check-in open says that they are not safe."""
        for person in self._past.partners:
            for one in person.client.items(integration.CHECK_INS):
                person.client.make(f"{integration.CHECK_INS}/{one['check_in_id']}/answer", UNSAFE)

    def _race_for_a_slot(self) -> list[str]:
        """Four who book one therapist and one couple at one time (B1); who got it."""
        self._races += 1
        first_day = self._stage.clock.today() + timedelta(days=6 + self._races // 10)
        starts_at = self._stage.clock.at(first_day, 8 + self._races % 10)
        rooms = (self._stage.practice.talk_room, self._stage.practice.medicine_room)
        desk = self._stage.practice.desk.client
        with ThreadPoolExecutor(4) as pool:
            wishes = [
                pool.submit(desk.post, "/sessions/bookings", self._wish(room, rfc3339(starts_at)))
                for room in rooms * 2
            ]
        answers = [wish.result() for wish in wishes]
        return [str(answer.json["session_id"]) for answer in answers if answer.status == 201]

    def _news_that_is_off(self) -> None:
        """An appointment is cancelled just before its reminder is due (D2)."""
        desk, clock = self._stage.practice.desk.client, self._stage.clock
        starts_at = clock.now() + timedelta(hours=26)
        starts_at = clock.at((starts_at + timedelta(days=1)).date(), 18)
        wish = self._wish(self._stage.practice.talk_room, rfc3339(starts_at))
        booked = desk.post("/sessions/bookings", wish)
        if booked.status != 201:
            return
        clock.move_to(starts_at - timedelta(hours=24, minutes=1))
        desk.make(f"/sessions/bookings/{booked.json['session_id']}/cancel", {})
        clock.move_to(starts_at - timedelta(hours=23, minutes=55))

    def _wish(self, room: str, starts_at: str) -> dict[str, object]:
        couple = self._past
        return {
            "kind": "preparation",
            "couple_id": couple.couple_id,
            "partner_ids": [person.person_id for person in couple.partners],
            "practitioner_ids": [couple.care_team[-1].person_id],
            "room_id": room,
            "starts_at": starts_at,
            "duration_min": 60,
        }
