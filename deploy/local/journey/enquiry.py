"""Somebody asks, and books the free consultation."""

from datetime import timedelta

from deploy.local.journey.clock import moment, rfc3339
from deploy.local.journey.faults import check
from deploy.local.journey.mailbox import lost_mail
from deploy.local.journey.stage import Stage


def enquire(stage: Stage) -> str:
    """An enquiry by the public and its consultation; the enquiry's id."""
    story, practice, public = stage.story, stage.practice, stage.public
    at_the_door = f"/p/{practice.slug}"
    address = f"hello@{practice.slug}.example"
    with story.step("the public enquires"):
        enquiry = story.make(
            public, f"{at_the_door}/enquiries", {"display_name": "Somebody new", "email": address}
        )["enquiry_id"]
        story.until(
            "the front desk to see the enquiry once",
            lambda: practice.desk.client.items("/intake/enquiries"),
            lambda items: [item["enquiry_id"] for item in items] == [enquiry],
        )
    with story.step("the free consultation is booked from an offered time"):
        offered = story.until(
            "consultation times to be offered",
            lambda: public.read(f"{at_the_door}/consultation-times")["items"],
            bool,
        )
        time = offered[0]
        minutes = moment(time["ends_at"]) - moment(time["starts_at"])
        check(minutes == timedelta(minutes=15), "a consultation of 15 minutes", time)
        booked = story.make(
            public, f"{at_the_door}/enquiries/{enquiry}/consultation", {"starts_at": time["starts_at"]}
        )
        check(moment(booked["starts_at"]) == moment(time["starts_at"]), "the time that was chosen", booked)
        when = {
            "from": rfc3339(moment(time["starts_at"]) - timedelta(days=1)),
            "until": rfc3339(moment(time["ends_at"]) + timedelta(days=1)),
        }
        listed = [one["session_id"] for one in practice.desk.client.items("/sessions/bookings", when)]
        check(listed == [booked["session_id"]], "the consultation once in the front desk's calendar", listed)
        story.effect("the consultation stands in the calendar")
        again = [one["starts_at"] for one in public.read(f"{at_the_door}/consultation-times")["items"]]
        check(len(again) == len(set(again)), "each time offered once", again)
    with story.step("whoever enquired gets one message"):
        story.until(
            "the mail about the consultation, or staff being shown that it was lost",
            lambda: stage.mailbox.messages(address) or lost_mail(practice.desk.client, None),
            bool,
            by_mail=True,
        )
        mails = stage.mailbox.messages(address)
        check(len(mails) <= 1, "one mail about the consultation", mails)
    return str(enquiry)
