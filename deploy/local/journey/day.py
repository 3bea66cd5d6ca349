"""Reminders, and the day of the session: consent reaffirmed, start, end."""

from datetime import datetime
from functools import partial
from typing import Any

from deploy.local.journey.clock import moment
from deploy.local.journey.faults import check
from deploy.local.journey.medicine import check_state
from deploy.local.journey.people import Couple, MedicineSession, Person
from deploy.local.journey.stage import Stage


def remind(stage: Stage, couple: Couple, session: MedicineSession) -> None:
    """A day and two hours before, each partner is reminded once."""
    for hours in (24, 2):
        with stage.story.step(f"{hours} hours before, {_both(couple)} are reminded once each"):
            stage.clock.move_to(session.before(hours=hours, minutes=-1))
            stage.letters.told(*couple.partners, of=f"the reminder {hours} h before")
            check_staff_reminders(stage, session, 1 if hours == 24 else 2)


def check_staff_reminders(stage: Stage, session: MedicineSession, expected: int) -> None:
    """Those who hold the session are reminded of it as often as `expected` so far."""
    for person in session.practitioners:
        stage.story.until(
            f"{person.display_name} to have {expected} reminders of the session",
            partial(_reminders, person, session, expected),
            lambda found: len(found) == expected,
        )


def hold(stage: Stage, couple: Couple, session: MedicineSession) -> None:
    """The day of the session."""
    story, therapist = stage.story, session.practitioners[-1]
    path = f"/sessions/medicine-sessions/{session.session_id}"
    with story.step("on the day it does not start before both reaffirm consent"):
        stage.clock.move_to(session.before(minutes=10))
        refused = therapist.client.post(f"{path}/start", {})
        check(
            refused.code in ("consent_not_reaffirmed", "facts_not_fresh"),
            "a start before consent is reaffirmed to be refused", refused,
        )  # fmt: skip
        story.effect("the start is refused")
    with story.step("both reaffirm consent"):
        for person in couple.partners:
            own = f"/sessions/me/medicine-sessions/{session.session_id}"
            again = person.client.make(f"{own}/reaffirm", {})
            check(again["state"] == "reaffirmed", "consent reaffirmed", again["state"])
            story.effect(f"{person.display_name} reaffirmed")
    with story.step("the session starts"):
        started = story.make(therapist.client, f"{path}/start", {}, but=frozenset({"facts_not_fresh"}))
        check(started["state"] == "in_progress", "a session in progress", started["state"])
        check_state(stage, couple, session, "in_progress")
    with story.step("the session ends"):
        stage.clock.move_to(session.ends_at)
        ended = therapist.client.make(f"{path}/end", {})
        check(ended["state"] == "ended", "an ended session", ended["state"])
        check_state(stage, couple, session, "completed")
        stage.letters.nothing_more(*couple.partners)


def _reminders(person: Person, session: MedicineSession, most: int) -> list[Any]:
    """A person's reminders of one session: messages about its start."""
    found = [one for one in person.client.items("/notify/me/inbox") if _is_about(one, session.starts_at)]
    check(len(found) <= most, f"at most {most} reminders of the session", found)
    return found


def _is_about(message: Any, starts_at: datetime) -> bool:
    return bool(message["occasion_at"]) and moment(message["occasion_at"]) == starts_at


def _both(couple: Couple) -> str:
    return " and ".join(person.display_name for person in couple.partners)
