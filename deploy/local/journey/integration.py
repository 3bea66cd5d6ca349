"""After the session: a journey for each, what is private and what is shared, check-ins, the integration session."""

from datetime import timedelta
from functools import partial
from typing import Any

from deploy.local.journey.clock import moment
from deploy.local.journey.faults import check
from deploy.local.journey.medicine import SESSIONS, own_session
from deploy.local.journey.people import Couple, MedicineSession, Person
from deploy.local.journey.stage import Stage
from deploy.local.journey.views import cannot_post, equal_views, looks_missing, told

JOURNAL, SHARED = "/integration/me/journal", "/integration/me/shared-with-me"
CHECK_INS = "/integration/me/check-ins"


def open_journeys(stage: Stage, couple: Couple) -> None:
    """Each partner finds one journey, their own."""
    with stage.story.step("a journey opens for each"):
        ids = {_journey(stage, person)["journey_id"] for person in couple.partners}
        check(len(ids) == 2, "a journey of their own for each", ids)


def keep_a_journal(stage: Stage, couple: Couple) -> None:
    """The first writes for themselves, then something to share; the second sees exactly the shared entry."""
    story, (first, second) = stage.story, couple.partners
    with story.step(f"{first.display_name} writes a private entry"):
        before = _what_is_seen_by(second)
        private = first.client.make(
            JOURNAL, {"channel": "feelings", "text": f"Only {first.display_name} knows this.", "mood": 6}
        )
        check(private["audience"] is None, "an entry that is private unless shared", private)
        check(_what_is_seen_by(second) == before, f"nothing new for {second.display_name}", "another view")
        _check_is_own(second, private["entry_id"])
        story.effect("the private entry stays private")
    with story.step(f"{first.display_name} shares another entry with {second.display_name}"):
        text = f"{first.display_name} felt the door open."
        entry = first.client.make(JOURNAL, {"channel": "images", "text": text})
        preview = first.client.read(f"{JOURNAL}/{entry['entry_id']}/preview")
        check(preview["text"] == text, "a preview of what the other will see", preview)
        first.client.make(f"{JOURNAL}/{entry['entry_id']}/share", {"audience": "partner"})
        story.until(
            f"{second.display_name} to see exactly the shared entry",
            lambda: [one["text"] for one in second.client.items(SHARED)],
            lambda texts: texts == [text],
        )
        stage.letters.told(second, of="a shared entry")
        check(first.client.items(SHARED) == [], f"nothing shared with {first.display_name}", SHARED)
        for entry_id in (private["entry_id"], entry["entry_id"]):
            _check_is_own(second, entry_id)
    with story.step("the care team reads only what was shared with it"):
        _check_practitioner(stage, couple)


def check_in(stage: Stage, couple: Couple, session: MedicineSession) -> None:
    """On day 1 both may check in: the first answers, the second skips, which costs nothing."""
    story, (first, second) = stage.story, couple.partners
    with story.step("check-ins of day 1 open, one for each"):
        stage.clock.move_to(session.before(hours=-32.5))  # the evening after
        opened = {person: open_check_in(stage, person, (1,)) for person in couple.partners}
        stage.letters.told(*couple.partners, of="the check-in of day 1")
    with story.step(f"{first.display_name} answers, {second.display_name} skips"):
        answer = {"mood": 7, "sleep_h": 8, "is_safe_at_home": True, "wants_contact": False, "words": "Calm."}
        cannot_post(second.client, f"{CHECK_INS}/{opened[first]}/answer", answer, opened[first])
        first.client.make(f"{CHECK_INS}/{opened[first]}/answer", answer)
        second.client.make(f"{CHECK_INS}/{opened[second]}/skip", {})
        for person in couple.partners:
            left = person.client.read(CHECK_INS)["items"]
            check(left == [], f"no check-in left for {person.display_name}", left)
            story.effect(f"{person.display_name}'s check-in is done")
        for person in couple.care_team:
            concerns = person.client.items("/integration/safety-concerns")
            check(concerns == [], "no safety concern", concerns)


def integrate(stage: Stage, couple: Couple, session: MedicineSession) -> None:
    """The integration session takes place; both journeys show it."""
    story, therapist = stage.story, session.practitioners[-1]
    listed = equal_views(couple.first.client, couple.second.client, SESSIONS).json["items"]
    starts_at = moment(own_session(listed, session.integration_id)["starts_at"])
    for hours in (24, 2):
        with story.step(f"{hours} hours before the integration session both are reminded once"):
            stage.clock.move_to(starts_at - timedelta(hours=hours, minutes=-1))
            stage.letters.told(*couple.partners, of=f"the integration reminder {hours} h before")
    with story.step("the integration session is held, and both journeys show it"):
        stage.clock.move_to(starts_at + timedelta(hours=1))
        therapist.client.make(f"/sessions/bookings/{session.integration_id}/complete", {})
        for person in couple.partners:
            story.until(
                f"{person.display_name}'s journey to show the integration session",
                partial(_journey, stage, person),
                lambda journey: journey["is_integration_session_done"] is True,
            )
        equal_views(couple.first.client, couple.second.client, SESSIONS)
        stage.letters.nothing_more(*couple.partners)


def open_check_in(stage: Stage, person: Person, days: tuple[int, ...]) -> str:
    """Wait until the check-ins of exactly these days are open for a person; the newest one's id."""

    def look() -> list[Any]:
        items: list[Any] = person.client.read(CHECK_INS)["items"]
        shown_days = sorted(item["day"] for item in items)
        check(len(shown_days) == len(set(shown_days)), "one check-in of each day", items)
        return sorted(items, key=lambda item: int(item["day"]))

    items = stage.story.until(
        f"check-ins of days {days} for {person.display_name}",
        look,
        lambda items: tuple(item["day"] for item in items) == days,
    )
    return str(items[-1]["check_in_id"])


def _journey(stage: Stage, person: Person) -> Any:
    def look() -> list[Any]:
        items: list[Any] = person.client.read("/integration/me/journeys")["items"]
        check(len(items) <= 1, f"one journey for {person.display_name}", items)
        return items

    return stage.story.until(f"{person.display_name}'s journey", look, bool)[0]


def _what_is_seen_by(person: Person) -> list[object]:
    return [
        told(person.client.get(path)) for path in (JOURNAL, SHARED, CHECK_INS, "/integration/me/journeys")
    ]


def _check_is_own(other: Person, entry_id: str) -> None:
    for path in (f"{JOURNAL}/{entry_id}", f"{JOURNAL}/{entry_id}/preview"):
        looks_missing(other.client, path, entry_id)
    cannot_post(other.client, f"{JOURNAL}/{entry_id}/share", {"audience": "both"}, entry_id)
    cannot_post(other.client, f"{JOURNAL}/{entry_id}/unshare", {}, entry_id)


def _check_practitioner(stage: Stage, couple: Couple) -> None:
    first, second = couple.partners
    path = f"/integration/couples/{couple.couple_id}/partners/{first.person_id}/journal"
    stage.story.until(
        "the care team to see the couple's journals, with nothing shared with it",
        lambda: couple.care_team[-1].client.get(path),
        lambda answer: answer.status == 200 and answer.json["items"] == [],
    )
    for person in (second, stage.practice.desk, stage.stranger):
        looks_missing(person.client, path, couple.couple_id)
