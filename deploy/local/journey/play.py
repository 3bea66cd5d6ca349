"""The whole play: one couple all the way, and one that stops an hour before."""

from datetime import timedelta

from deploy.local.journey import (
    appointments,
    day,
    enquiry,
    intake,
    integration,
    intention,
    medicine,
    practice,
    readiness,
    strangers,
    withdrawal,
)
from deploy.local.journey.accounts import MakeClient
from deploy.local.journey.client import Client
from deploy.local.journey.mailbox import Mailbox, require_mailbox
from deploy.local.journey.people import Couple, MedicineSession
from deploy.local.journey.stage import Stage
from deploy.local.journey.story import Story


def play(story: Story, url: str, operator_key: str, make_client: MakeClient = Client) -> None:
    """Play both ways in a new demo practice. Raises Off, naming the step, when anything is off."""
    with story.step("the platform answers"):
        mailbox = Mailbox(make_client(url, authorization=f"Operator {operator_key}"))
        require_mailbox(mailbox)
    stage = practice.open_practice(story, url, operator_key, mailbox, make_client)
    first, session = all_the_way(stage)
    stopped_an_hour_before(stage, first, session)


def all_the_way(stage: Stage) -> tuple[Couple, MedicineSession]:
    """From the enquiry to the integration session."""
    staff = stage.practice
    enquiry_id = enquiry.enquire(stage)
    couple = intake.register(stage, ("Anahita", "Benedikt"), (staff.prescriber, staff.therapist), enquiry_id)
    intention.write_and_share(stage, couple)
    readiness.prepare(stage, couple)
    plan = medicine.Plan(
        programme="ketamine_clinic",
        day=stage.clock.today() + timedelta(days=7),
        taking=couple.partners,
        attending=(),
        practitioners=couple.care_team,
    )
    session = medicine.confirm(stage, couple, plan)
    day.remind(stage, couple, session)
    day.hold(stage, couple, session)
    integration.open_journeys(stage, couple)
    integration.keep_a_journal(stage, couple)
    integration.check_in(stage, couple, session)
    integration.integrate(stage, couple, session)
    return couple, session


def stopped_an_hour_before(stage: Stage, others: Couple, earlier: MedicineSession) -> None:
    """A second couple's session is stopped; the first couple is booked into the time that it frees."""
    staff, story = stage.practice, stage.story
    couple = intake.register(stage, ("Cleopatra", "Dietrich"), (staff.facilitator, staff.therapist))
    readiness.prepare(stage, couple)
    plan = medicine.Plan(
        programme="psilocybin_colorado",
        day=stage.clock.today() + timedelta(days=4),
        taking=(couple.first,),
        attending=(couple.second,),
        practitioners=couple.care_team,
    )
    session = medicine.confirm(stage, couple, plan)
    day.remind(stage, couple, session)
    with story.step("meanwhile the first couple's check-in of day 3 opens"):
        for person in others.partners:
            integration.open_check_in(stage, person, (3,))
        stage.letters.told(*others.partners, of="the check-in of day 3")
    withdrawal.withdraw(stage, couple, session)
    withdrawal.use_the_freed_time(stage, couple, session, others=others, after_start=timedelta(hours=1))
    with story.step("days later nobody was told anything twice, or of what is off"):
        stage.clock.move_to(stage.clock.at(plan.day + timedelta(days=1), 20))
        for person in others.partners:
            integration.open_check_in(stage, person, (3, 7))
        stage.letters.told(*others.partners, of="the check-in of day 7")
        stage.letters.nothing_more(*others.partners, *couple.partners)
        day.check_staff_reminders(stage, earlier, 2)
        for person in couple.care_team:
            withdrawal.alerts_of(person, couple)
    appointments.stand_once(stage)
    strangers.see_nothing(stage, others, couple)
