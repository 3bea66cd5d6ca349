"""The front desk's calendar at the end: each appointment once, and nothing clinical in it."""

from collections import Counter
from datetime import timedelta

from deploy.local.journey.clock import rfc3339
from deploy.local.journey.faults import check
from deploy.local.journey.stage import Stage

PLAYED = Counter(
    {
        ("consultation", "booked"): 1,
        ("medicine", "ended"): 1,
        ("integration", "completed"): 1,
        ("medicine", "cancelled"): 1,
        ("integration", "cancelled"): 1,
        ("preparation", "booked"): 1,
    }
)


def stand_once(stage: Stage) -> None:
    """Six appointments, in the states that the play brought them to."""
    now, desk = stage.clock.now(), stage.practice.desk.client
    window = {"from": rfc3339(now - timedelta(days=30)), "until": rfc3339(now + timedelta(days=30))}
    with stage.story.step("the front desk's calendar holds each appointment once"):
        stage.story.until(
            f"the appointments {dict(PLAYED)}",
            lambda: desk.items("/sessions/bookings", window),
            lambda items: Counter((item["kind"], item["state"]) for item in items) == PLAYED,
        )
        clinical = [
            item for item in desk.items("/sessions/bookings", window) if {"gate", "programme"} & set(item)
        ]
        check(not clinical, "neither gate nor programme in the front desk's calendar", clinical)
