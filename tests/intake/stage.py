"""A practice with one couple in care: who acts in most of intake's tests."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg

from shared.events import decode
from tests.world.world import Caller, World


@dataclass
class Stage:
    """Ana and Bo, the clinician who treats them, one who doesn't, and the front desk."""

    world: World
    practice: UUID
    couple_id: UUID
    ana_id: UUID
    bo_id: UUID
    desk: Caller
    clinician: Caller
    stranger: Caller  # a clinician of the practice who does not treat them
    ana: Caller
    bo: Caller

    def of(self, person_id: UUID) -> str:
        """The path under which the care team finds one partner."""
        return f"/couples/{self.couple_id}/partners/{person_id}"

    def decide(self, person_id: UUID, decision: str, *, by: Caller | None = None, **more: Any) -> Any:
        body = {"decision": decision, "reason": "As talked about.", **more}
        if decision == "ready" and "expires_at" not in body:
            body["expires_at"] = (self.world.now(self.practice) + timedelta(days=30)).isoformat()
        return (by or self.clinician).post(f"{self.of(person_id)}/readiness", body)

    def facts(self, name: str = "") -> list[Any]:
        """Events intake put on the log about this practice, oldest first, of one kind when named."""
        self.world.pump()
        return [fact for fact in _on_the_log(self.world, self.practice) if name in type(fact).__name__]


def set_stage(world: World, *, names: tuple[str, str] = ("Ana", "Bo")) -> Stage:
    practice = world.practice()
    desk = world.caller("intake", practice, uuid4(), "front_desk")
    clinician_id = uuid4()
    couple = desk.post("/couples", {"partners": [{"display_name": name} for name in names]}).json
    answer = desk.put(
        f"/couples/{couple['couple_id']}/care-team", {"practitioner_ids": [str(clinician_id)]}, etag='"1"'
    )
    assert answer.status_code == 200, answer.text
    ana_id, bo_id = (UUID(one["person_id"]) for one in couple["partners"])
    return Stage(
        world,
        practice,
        UUID(couple["couple_id"]),
        ana_id,
        bo_id,
        desk,
        world.caller("intake", practice, clinician_id, "practitioner"),
        world.caller("intake", practice, uuid4(), "practitioner"),
        world.caller("intake", practice, ana_id, "partner"),
        world.caller("intake", practice, bo_id, "partner"),
    )


def write(who: Caller, text: str, *, part: str = "hope", etag: str | None = None) -> Any:
    return who.put(f"/me/intention/parts/{part}", {"text": text}, etag=etag)


def share(who: Caller, *, part: str = "hope", **kw: Any) -> Any:
    return who.post(f"/me/intention/parts/{part}/share", **kw)


def unshare(who: Caller, *, part: str = "hope") -> Any:
    return who.post(f"/me/intention/parts/{part}/unshare")


def _on_the_log(world: World, practice: UUID) -> list[Any]:
    rows = []
    with psycopg.connect(world.sides["intake"].settings.event_log_url) as log:
        found = log.execute(
            "SELECT headers, value FROM log_record WHERE topic = 'attune.intake' ORDER BY appended_at, \"offset\""
        )
        for headers, value in found:
            named = dict(headers)
            if named["ce_practice"] == str(practice):
                rows.append(decode(named["ce_type"], value))
    return rows
