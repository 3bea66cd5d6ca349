"""Preparation is completed and readiness decided by a practitioner; partners see nothing of it."""

from datetime import timedelta

from deploy.local.journey.clock import rfc3339
from deploy.local.journey.faults import check
from deploy.local.journey.people import Couple
from deploy.local.journey.stage import Stage
from deploy.local.journey.views import looks_missing

VALID_FOR = timedelta(days=60)


def prepare(stage: Stage, couple: Couple) -> None:
    """Both partners' preparation is done and both are decided to be ready."""
    story, therapist = stage.story, couple.care_team[-1]
    path = f"/intake/couples/{couple.couple_id}"
    with story.step("preparation is completed for both"):
        for person in couple.partners:
            done = story.make(therapist.client, f"{path}/partners/{person.person_id}/preparation-completed")
            check(done["person_id"] == person.person_id, f"preparation of {person.display_name}", done)
            story.effect(f"{person.display_name}'s preparation is recorded")
    with story.step("readiness is decided for both"):
        for person in couple.partners:
            decision = {
                "decision": "ready",
                "reason": f"Steady over six weeks, says {person.display_name}.",
                "expires_at": rfc3339(stage.clock.now() + VALID_FOR),
            }
            story.make(therapist.client, f"{path}/partners/{person.person_id}/readiness", decision)
        latest = therapist.client.read(f"{path}/readiness")
        decided = sorted((one["person_id"], one["decision"]) for one in latest["items"])
        expected = sorted((person.person_id, "ready") for person in couple.partners)
        check(decided == expected, "both ready, once each", latest)
        story.effect("the care team sees both decisions")
        for person in (*couple.partners, stage.practice.desk, stage.stranger):
            looks_missing(person.client, f"{path}/readiness", couple.couple_id)
        stage.letters.nothing_more(*couple.partners)
