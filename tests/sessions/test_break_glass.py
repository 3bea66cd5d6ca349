"""Access outside the care team, as intake tells of it: the couple's sessions, for a while, and nothing to change."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.db.tenancy import Scope
from shared.events.intake import BreakGlassEnded, BreakGlassOpened
from tests.sessions.couple_in_care import CoupleInCare, couple_in_care
from tests.world.world import Caller, World

pytestmark = pytest.mark.P2


@dataclass
class Scene:
    """A planned medicine session with its integration, and a clinician who does not treat the couple."""

    care: CoupleInCare
    session_id: str
    integration_id: str
    stranger: Caller

    def open_to(self, who: UUID, *, person_id: UUID | None = None) -> UUID:
        fact = BreakGlassOpened(
            break_glass_id=uuid4(),
            couple_id=self.care.couple_id,
            person_id=person_id,
            practitioner_id=who,
            expires_at=self.care.now + timedelta(hours=1),
        )
        self.care.world.tell(self.care.practice, fact)
        return fact.break_glass_id

    def reads(self) -> list[Any]:
        paths = (
            f"/medicine-sessions/{self.session_id}",
            f"/bookings/{self.session_id}",
            f"/bookings/{self.integration_id}",
        )
        return [self.stranger.get(path) for path in paths]

    def listed(self) -> set[str]:
        span = f"from={self._at(-1)}&until={self._at(3)}"
        items = self.stranger.get(f"/bookings?{span}").json["items"]
        return {one["session_id"] for one in items}

    def _at(self, days: int) -> str:
        return (self.care.starts_at + timedelta(days=days)).isoformat().replace("+", "%2B")

    def finds_nothing(self) -> bool:
        missing = self.stranger.get(f"/medicine-sessions/{uuid4()}")
        answers = {(answer.status_code, answer.data) for answer in self.reads()}
        return answers == {(404, missing.data)} and self.listed() == set()


@pytest.fixture
def scene(world: World) -> Scene:
    care = couple_in_care(world)
    session_id, integration_id = care.plan(), care.book()
    return Scene(
        care, session_id, integration_id, world.caller("sessions", care.practice, uuid4(), "facilitator")
    )


def test_it_shows_the_couple_s_sessions(scene: Scene) -> None:
    assert scene.finds_nothing()

    scene.open_to(scene.stranger.actor.person_id)

    assert [answer.status_code for answer in scene.reads()] == [200, 200, 200]
    assert scene.reads()[0].data == scene.care.therapist.get(f"/medicine-sessions/{scene.session_id}").data
    assert scene.listed() == {scene.session_id, scene.integration_id}


def test_it_changes_nothing(scene: Scene) -> None:
    scene.open_to(scene.stranger.actor.person_id)
    care, medicine = scene.care, f"/medicine-sessions/{scene.session_id}"
    refused = [
        scene.stranger.post(f"{medicine}/transport-plan", {"person_id": str(care.partner_ids[0])}),
        scene.stranger.post(f"{medicine}/cancel"),
        scene.stranger.post(f"{medicine}/start"),
        scene.stranger.post(f"/bookings/{scene.integration_id}/cancel"),
        scene.stranger.post("/medicine-sessions", _plan(care)),
        scene.stranger.post("/bookings", _booking(care)),
    ]
    assert [answer.status_code for answer in refused] == [404] * 6, [one.text for one in refused]
    assert care.state_of(scene.session_id) == "planned"


def test_it_runs_out_by_the_practice_s_clock(scene: Scene, world: World) -> None:
    scene.open_to(scene.stranger.actor.person_id)
    world.move_clock(scene.care.practice, timedelta(minutes=59))
    assert scene.reads()[0].status_code == 200

    world.move_clock(scene.care.practice, timedelta(minutes=2))

    assert scene.finds_nothing()


def test_one_that_ended_early_shows_nothing_more(scene: Scene, world: World) -> None:
    break_glass_id = scene.open_to(scene.stranger.actor.person_id)
    ended = BreakGlassEnded(break_glass_id=break_glass_id, couple_id=scene.care.couple_id, at=scene.care.now)
    world.tell(scene.care.practice, ended)
    assert scene.finds_nothing()


def test_it_opens_to_nobody_else(scene: Scene) -> None:
    scene.open_to(uuid4())
    assert scene.finds_nothing()


def test_opened_to_one_partner_it_shows_no_session_of_both(scene: Scene) -> None:
    scene.open_to(scene.stranger.actor.person_id, person_id=scene.care.partner_ids[0])
    assert scene.finds_nothing()


@pytest.mark.P1
def test_what_partners_see_is_the_same_to_the_byte(scene: Scene, world: World) -> None:
    def seen() -> list[tuple[bytes, list[tuple[str, str]]]]:
        paths = ("/me/sessions", f"/me/medicine-sessions/{scene.session_id}/consent")
        answers = [who.get(path) for who in (scene.care.ana, scene.care.bo) for path in paths]
        return [(answer.data, sorted(answer.headers.items())) for answer in answers]

    before = seen()
    scene.open_to(scene.stranger.actor.person_id)
    scene.reads()
    assert seen() == before
    database = world.sides["sessions"].app.extensions["attune_database"]
    for who, count in ((scene.care.ana, 0), (scene.care.therapist, 0), (scene.stranger, 1)):
        scope = Scope(scene.care.practice, who.actor.person_id, who.actor.role_name())
        with database.transaction(scope) as db:
            rows = db.connection().exec_driver_sql("SELECT count(*) FROM break_glass").scalar_one()
            assert rows == count


def _plan(care: CoupleInCare) -> dict[str, Any]:
    return {
        "couple_id": str(care.couple_id),
        "programme": "ketamine_clinic",
        "taking_ids": [str(one) for one in care.partner_ids],
        "attending_ids": [],
        "practitioner_ids": [str(care.practitioner_id)],
        "room_id": care.medicine_room,
        "starts_at": (care.starts_at + timedelta(days=5)).isoformat(),
        "duration_min": 180,
    }


def _booking(care: CoupleInCare) -> dict[str, Any]:
    return {
        "kind": "integration",
        "couple_id": str(care.couple_id),
        "partner_ids": [str(one) for one in care.partner_ids],
        "practitioner_ids": [str(care.practitioner_id)],
        "room_id": care.talk_room,
        "starts_at": (care.starts_at + timedelta(days=2)).isoformat(),
        "duration_min": 60,
    }
