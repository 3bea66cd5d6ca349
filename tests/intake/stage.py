"""A practice with one couple in care: who acts in most of intake's tests."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import text

from shared.db.tenancy import Scope
from shared.events import decode
from tests.world.world import Caller, World

ADMIN_ID = uuid4()


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

    @property
    def admin(self) -> Caller:
        return self.world.caller("intake", self.practice, ADMIN_ID, "practice_admin")

    def break_glass(self, *, by: Caller | None = None, **body: Any) -> Any:
        """Somebody outside the care team opens the couple's data."""
        said = {"reason": "Their clinician is away and one of them is in danger.", **body}
        return (by or self.stranger).post(f"/couples/{self.couple_id}/break-glass", said)

    def review(self, opened: dict[str, Any], outcome: str, *, by: Caller | None = None) -> Any:
        path = f"/break-glass/{opened['break_glass_id']}/review"
        return (by or self.admin).post(path, {"outcome": outcome})

    def care_team_reads(self) -> list[str]:
        """All that the care team reads of the couple."""
        couple = f"/couples/{self.couple_id}"
        return [
            couple,
            f"{couple}/readiness",
            f"{couple}/confidentiality-policy",
            f"{couple}/told",
            f"{self.of(self.ana_id)}/intention",
            f"{self.of(self.bo_id)}/intention",
        ]

    def mark_conflict(self, practitioner: Caller, *, by: Caller | None = None) -> Any:
        path = f"/couples/{self.couple_id}/conflict-marks/{practitioner.actor.person_id}"
        return (by or self.admin).post(path)

    def lift_conflict_mark(self, practitioner: Caller, *, by: Caller | None = None, **kw: Any) -> Any:
        path = f"/couples/{self.couple_id}/conflict-marks/{practitioner.actor.person_id}/lift"
        return (by or self.admin).post(path, **kw)

    def agree_on(self, policy: str, *, etag: str = '"1"') -> Any:
        """The clinician changes the couple's confidentiality policy."""
        path = f"/couples/{self.couple_id}/confidentiality-policy"
        return self.clinician.put(path, {"policy": policy}, etag=etag)

    def told(self, person_id: UUID) -> dict[str, str]:
        """Whether the clinician may raise each of a partner's parts."""
        parts = self.clinician.get(f"{self.of(person_id)}/intention").json["parts"]
        return {one["part"]: one["may_be_raised"] for one in parts}

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


def write(who: Caller, words: str, *, part: str = "hope", etag: str | None = None) -> Any:
    return who.put(f"/me/intention/parts/{part}", {"text": words}, etag=etag)


def share(who: Caller, *, part: str = "hope", **kw: Any) -> Any:
    return who.post(f"/me/intention/parts/{part}/share", **kw)


def unshare(who: Caller, *, part: str = "hope") -> Any:
    return who.post(f"/me/intention/parts/{part}/unshare")


def transaction(stage: Stage, who: Caller) -> Any:
    """A transaction as the app opens it for somebody, with no query of ours in it."""
    scope = Scope(stage.practice, who.actor.person_id, who.actor.role_name())
    return stage.world.sides["intake"].app.extensions["attune_database"].transaction(scope)


def count(stage: Stage, who: Caller, table: str) -> int:
    """How many rows of a table the database shows to somebody."""
    with transaction(stage, who) as db:
        return int(db.connection().execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


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
