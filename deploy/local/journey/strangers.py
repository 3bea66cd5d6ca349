"""Another practice's front desk sees nothing of all this."""

from datetime import timedelta

from deploy.local.journey.clock import rfc3339
from deploy.local.journey.faults import check
from deploy.local.journey.people import Couple
from deploy.local.journey.stage import Stage
from deploy.local.journey.views import looks_missing


def see_nothing(stage: Stage, *couples: Couple) -> None:
    """Lists are empty there, and what is named by id looks missing."""
    client, now = stage.stranger.client, stage.clock.now()
    window = {"from": rfc3339(now - timedelta(days=30)), "until": rfc3339(now + timedelta(days=30))}
    with stage.story.step("another practice's front desk sees nothing"):
        for path, query in (
            ("/intake/enquiries", {}),
            ("/intake/couples", {}),
            ("/sessions/bookings", window),
            ("/sessions/rooms", {}),
            ("/notify/deliveries", {}),
        ):
            found = client.items(path, query)
            check(found == [], f"nothing at {path}", found)
        for couple in couples:
            looks_missing(client, f"/intake/couples/{couple.couple_id}", couple.couple_id)
        stage.story.effect("the other practice sees nothing")
