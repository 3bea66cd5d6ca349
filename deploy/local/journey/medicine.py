"""A medicine session is planned, gated, confirmed, and both partners learn of it at the same moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from deploy.local.journey.clock import rfc3339
from deploy.local.journey.faults import check
from deploy.local.journey.letters import TELLTALE
from deploy.local.journey.people import Couple, MedicineSession, Person
from deploy.local.journey.stage import Stage
from deploy.local.journey.views import equal_views, looks_missing

SESSIONS = "/sessions/me/sessions"
FIELDS = {"session_id", "kind", "state", "starts_at", "ends_at", "zone"}
LASTS = timedelta(hours=4)
BEGINS_HOUR, INTEGRATION_HOUR = 10, 19
INTEGRATION_AFTER_D = 2


@dataclass(frozen=True)
class Plan:
    """What the care team has in mind."""

    programme: str
    day: date
    taking: tuple[Person, ...]
    attending: tuple[Person, ...]
    practitioners: tuple[Person, ...]


def confirm(stage: Stage, couple: Couple, plan: Plan) -> MedicineSession:
    """From the plan to the moment at which both partners are told."""
    story, clock = stage.story, stage.clock
    clock.move_past_a_quarter_hour()  # what is confirmed now is released in about 15 minutes
    with story.step("a medicine session is planned, and its gate shows what is missing"):
        session_id, starts_at = _plan(stage, couple, plan)
    with story.step("both give consent, each their own"):
        for person in couple.partners:
            _consent(stage, couple, person, session_id)
    with story.step("transport is planned"):
        for person in plan.taking:
            path = f"/sessions/medicine-sessions/{session_id}/transport-plan"
            plan.practitioners[-1].client.make(path, {"person_id": person.person_id})
        missing = _missing(gate(plan.practitioners[-1], session_id))
        check(missing == {("integration_within_72h", None)}, "only the integration session missing", missing)
        story.effect("only the integration session is missing")
    with story.step("the integration session is booked, which confirms the medicine session"):
        integration_id = _book_integration(stage, couple, plan, session_id)
        story.until(
            "the medicine session to be confirmed",
            lambda: plan.practitioners[-1].client.read(f"/sessions/medicine-sessions/{session_id}"),
            lambda session: session["state"] == "confirmed" and not _missing(session["gate"]),
        )
        stage.letters.told(*couple.partners, of="the integration session")
    session = MedicineSession(
        session_id,
        integration_id,
        starts_at,
        starts_at + LASTS,
        plan.practitioners,
        stage.practice.medicine_room,
    )
    with story.step("neither partner knows before it is released"):
        check_state(stage, couple, session, "not_scheduled_yet")
        stage.letters.nothing_more(*couple.partners)
    with story.step("at the next quarter hour both are told, alike and once"):
        clock.move_to(clock.now() + timedelta(minutes=15))
        check_state(stage, couple, session, "confirmed")
        stage.letters.told_alike(*couple.partners, of="the medicine session")
    return session


def check_state(stage: Stage, couple: Couple, session: MedicineSession, state: str) -> None:
    """Both partners come to see this state of the session, and always the same bytes."""
    first, second = couple.partners

    def look() -> Any:
        return own_session(
            equal_views(first.client, second.client, SESSIONS).json["items"], session.session_id
        )

    seen = stage.story.until(f"both partners to see {state}", look, lambda item: item["state"] == state)
    check(set(seen) == FIELDS, f"the fields {sorted(FIELDS)} and no others", seen)
    is_timed = seen["starts_at"] is not None
    is_public = state not in ("not_scheduled_yet", "not_going_ahead")
    check(is_timed == is_public, f"times only of what goes ahead, not of {state}", seen)
    if state == "confirmed":
        _check_calendar_file(couple, session.session_id)


def _check_calendar_file(couple: Couple, session_id: str) -> None:
    """What both may put into their calendars is the same and tells nothing."""
    path = f"{SESSIONS}/{session_id}/calendar.ics"
    file = equal_views(couple.first.client, couple.second.client, path).body.decode().lower()
    telling = [word for word in TELLTALE if word in file]
    check(not telling, "a calendar file in neutral words", f"{telling} in {file}")


def own_session(items: Sequence[Any], session_id: str) -> Any:
    """The one item about a session in a partner's list."""
    found = [item for item in items if item["session_id"] == session_id]
    check(len(found) == 1, f"session {session_id} once in the list", items)
    return found[0]


def gate(practitioner: Person, session_id: str) -> Sequence[Any]:
    """The gate as the care team sees it."""
    rows: Sequence[Any] = practitioner.client.read(f"/sessions/medicine-sessions/{session_id}")["gate"]
    return rows


def _missing(rows: Sequence[Any]) -> set[tuple[str, str | None]]:
    return {(row["condition"], row["person_id"]) for row in rows if not row["is_met"]}


def _plan(stage: Stage, couple: Couple, plan: Plan) -> tuple[str, datetime]:
    starts_at = stage.clock.at(plan.day, BEGINS_HOUR)
    body = {
        "couple_id": couple.couple_id,
        "programme": plan.programme,
        "taking_ids": [person.person_id for person in plan.taking],
        "attending_ids": [person.person_id for person in plan.attending],
        "practitioner_ids": [person.person_id for person in plan.practitioners],
        "room_id": stage.practice.medicine_room,
        "starts_at": rfc3339(starts_at),
        "duration_min": int(LASTS.total_seconds() // 60),
    }
    therapist = plan.practitioners[-1]
    planned = stage.story.make(therapist.client, "/sessions/medicine-sessions", body)
    session_id: str = planned["session_id"]
    check(planned["state"] == "planned", "a planned session", planned["state"])
    expected: set[tuple[str, str | None]] = {("integration_within_72h", None)}
    expected |= {("consent", person.person_id) for person in couple.partners}
    expected |= {("transport_plan", person.person_id) for person in plan.taking}
    stage.story.until(
        f"the gate to miss exactly {sorted(name for name, _ in expected)}",
        lambda: _missing(gate(therapist, session_id)),
        lambda missing: missing == expected,
    )
    for person in (*couple.partners, stage.practice.desk, stage.stranger):
        looks_missing(person.client, f"/sessions/medicine-sessions/{session_id}", session_id)
    return session_id, starts_at


def _consent(stage: Stage, couple: Couple, person: Person, session_id: str) -> None:
    path = f"/sessions/me/medicine-sessions/{session_id}/consent"
    (other,) = (one for one in couple.partners if one is not person)
    others_own = other.client.read(path)
    asked = person.client.read(path)
    check(
        asked["state"] == "not_given" and bool(asked["text"]), "consent to be asked for, with its text", asked
    )
    given = person.client.make(path, {"text_version": asked["text_version"]})
    check(given["state"] == "given", "consent given", given["state"])
    check(other.client.read(path) == others_own, f"{other.display_name}'s consent untouched", path)
    stage.story.effect(f"{person.display_name} consented")


def _book_integration(stage: Stage, couple: Couple, plan: Plan, session_id: str) -> str:
    day = plan.day + timedelta(days=INTEGRATION_AFTER_D)
    body = {
        "kind": "integration",
        "couple_id": couple.couple_id,
        "partner_ids": [person.person_id for person in couple.partners],
        "practitioner_ids": [plan.practitioners[-1].person_id],
        "room_id": stage.practice.talk_room,
        "starts_at": rfc3339(stage.clock.at(day, INTEGRATION_HOUR)),
        "duration_min": 60,
        "medicine_session_id": session_id,
    }
    booked = stage.story.make(stage.practice.desk.client, "/sessions/bookings", body)
    check(booked["kind"] == "integration", "an integration session", booked)
    return str(booked["session_id"])
