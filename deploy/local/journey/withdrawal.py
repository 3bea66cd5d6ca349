"""The other way: an hour before the start one partner withdraws consent with one tap."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from deploy.local.journey.clock import rfc3339
from deploy.local.journey.faults import check
from deploy.local.journey.medicine import SESSIONS, check_state
from deploy.local.journey.people import Couple, MedicineSession, Person
from deploy.local.journey.stage import Stage
from deploy.local.journey.views import equal_views


def withdraw(stage: Stage, couple: Couple, session: MedicineSession) -> None:
    """The first partner withdraws; the session can't start, both see and are told the same."""
    story, (first, second) = stage.story, couple.partners
    own = f"/sessions/me/medicine-sessions/{session.session_id}"
    with story.step(f"an hour before, {first.display_name} withdraws consent with one tap"):
        stage.clock.move_to(session.before(hours=1))
        others_own = second.client.read(f"{own}/consent")
        for _ in range(2):  # a second tap changes nothing
            withdrawn = first.client.make(f"{own}/withdraw", {})
            check(withdrawn["state"] == "withdrawn", "consent withdrawn", withdrawn["state"])
        check(
            second.client.read(f"{own}/consent") == others_own,
            f"{second.display_name}'s consent untouched",
            own,
        )
        story.effect("the withdrawal is committed")
    with story.step("both partners see the same neutral words, and are told once"):
        check_state(stage, couple, session, "not_going_ahead")
        stage.letters.told_alike(*couple.partners, of="the change of plans")
    with story.step("the care team is alerted and takes it up"):
        _take_up_alert(stage, couple, first)
    with story.step("the session can't start"):
        stage.clock.move_to(session.before(minutes=10))
        refused = session.practitioners[-1].client.post(
            f"/sessions/medicine-sessions/{session.session_id}/start", {"confirms_facts": True}
        )
        check(
            refused.status == 409 and refused.code != "not_the_time_yet",
            "the start to be refused for want of consent", refused,
        )  # fmt: skip
        story.effect("the start is refused")


def use_the_freed_time(
    stage: Stage, couple: Couple, session: MedicineSession, *, others: Couple, after_start: timedelta
) -> None:
    """Until the hold runs out the time is taken; then another couple is booked into it."""
    story, desk = stage.story, stage.practice.desk.client
    body = {
        "kind": "preparation",
        "couple_id": others.couple_id,
        "partner_ids": [person.person_id for person in others.partners],
        "practitioner_ids": [person.person_id for person in session.practitioners],
        "room_id": session.room_id,
        "starts_at": rfc3339(session.starts_at + after_start),
        "duration_min": 60,
    }
    with story.step("while it is held its time is taken"):
        refused = desk.post("/sessions/bookings", body)
        check(refused.code == "slot_taken", "409 slot_taken", refused)
        story.effect("the time is taken")
    with story.step("after the hold its time is free again"):
        stage.clock.move_to(session.starts_at + timedelta(minutes=5))
        booked = story.make(desk, "/sessions/bookings", body, but=frozenset({"slot_taken"}))
        check(booked["room_id"] == session.room_id, "the same room", booked)
        story.effect("the time is booked anew")
        stage.letters.told(*others.partners, of="a preparation session")
        check(desk.post("/sessions/bookings", body).code == "slot_taken", "one booking at that time", body)
        check_state(stage, couple, session, "not_going_ahead")
        story.until(
            "the integration session to be off too",
            lambda: equal_views(couple.first.client, couple.second.client, SESSIONS).json["items"],
            lambda items: _is_off(items, session.integration_id),
        )


def _is_off(items: Sequence[Any], session_id: str) -> bool:
    return all(item["state"] == "not_going_ahead" for item in items if item["session_id"] == session_id)


def _take_up_alert(stage: Stage, couple: Couple, about: Person) -> None:
    alerted = stage.story.until(
        "the care team to be alerted",
        lambda: [(person, alert) for person in couple.care_team for alert in alerts_of(person, couple)],
        bool,
    )
    for person, alert in alerted:
        check(
            (alert["kind"], alert["person_id"]) == ("consent_withdrawn", about.person_id),
            f"an alert that {about.display_name} withdrew", alert,
        )  # fmt: skip
        taken = person.client.make(f"/notify/alerts/{alert['alert_id']}/acknowledge", {})
        check(taken["state"] == "acknowledged", "an alert taken up", taken)
        stage.story.effect(f"{person.display_name} takes up the alert")
    practice = stage.practice
    for person in (practice.prescriber, practice.therapist, practice.facilitator):
        if person not in couple.care_team:
            check(alerts_of(person, couple) == [], f"no alert for {person.display_name}", "an alert")


def alerts_of(person: Person, couple: Couple) -> list[Any]:
    """A person's alerts about a couple, of which there may be one."""
    found = [one for one in person.client.items("/notify/alerts") if one["couple_id"] == couple.couple_id]
    check(len(found) <= 1, f"one alert for {person.display_name}", found)
    return found
