"""The practice opens: its staff, rooms, licences and availability, and another practice beside it."""

import secrets
from dataclasses import replace
from datetime import timedelta

from deploy.local.journey.accounts import Door, MakeClient
from deploy.local.journey.client import Client
from deploy.local.journey.clock import PracticeClock
from deploy.local.journey.faults import check
from deploy.local.journey.letters import Letters
from deploy.local.journey.mailbox import Mailbox
from deploy.local.journey.people import Person, Practice
from deploy.local.journey.stage import Stage
from deploy.local.journey.story import Story

ZONE = "America/Denver"
LICENSED_IN = "US-CO"
OPENS, CLOSES = "07:00", "21:00"


def open_practice(
    story: Story, url: str, operator_key: str, mailbox: Mailbox, make_client: MakeClient = Client
) -> Stage:
    """A new demo practice with everybody who works there, and a stranger in another."""
    slug = f"willow-{secrets.token_hex(5)}"
    authorization = f"Operator {operator_key}"
    operator = make_client(url, authorization=authorization, practice=slug)
    platform = make_client(url, authorization=authorization)
    door = Door(url, slug, make_client)
    with story.step("a practice is created"):
        name = f"Willow {slug[-4:]}"
        _create(story, platform, slug, name)
    with story.step("its staff join and sign in"):
        practice = _staff(story, operator, door, slug, name)
    with story.step("rooms, licences and availability are entered"):
        clock = PracticeClock(story, operator, ZONE)
        practice = _rooms(story, practice)
        for person, profession in (
            (practice.prescriber, "physician"),
            (practice.therapist, "psychotherapist"),
            (practice.facilitator, "facilitator"),
        ):
            enter_licence(story, practice.admin.client, person, profession, clock)
            enter_availability(story, practice.admin.client, person)
    with story.step("another practice exists beside it"):
        stranger = _stranger(story, url, authorization, f"{slug}-b", make_client)
    letters = Letters(story, mailbox, practice.desk)
    return Stage(story, door, make_client(url), practice, stranger, clock, mailbox, letters)


def _create(story: Story, platform: Client, slug: str, name: str) -> None:
    body = {"name": name, "slug": slug, "zone": ZONE, "is_demo": True}
    made = story.make(platform, "/practices", body)
    check({key: made[key] for key in body} == body, f"the practice as asked for: {body}", made)
    check(platform.read(f"/practices/{slug}") == made, "the practice to be found by its slug", made)
    story.effect("the practice exists")


def _staff(story: Story, operator: Client, door: Door, slug: str, name: str) -> Practice:
    def address(who: str) -> str:
        return f"{who}@{slug}.example"

    admin = door.add_staff(operator, "Imogen Vale", address("admin"), ["practice_admin"])

    def join(display_name: str, who: str, *roles: str) -> Person:
        return door.add_staff(admin.client, display_name, address(who), roles)

    practice = Practice(
        slug=slug,
        name=name,
        zone=ZONE,
        operator=operator,
        admin=admin,
        desk=join("Piet Brook", "desk", "front_desk"),
        prescriber=join("Rosalind Frost", "prescriber", "prescriber"),
        therapist=join("Theodora Lindqvist", "therapist", "practitioner"),
        facilitator=join("Fabian Moss", "facilitator", "facilitator"),
    )
    everybody = (
        admin, practice.desk, practice.prescriber, practice.therapist, practice.facilitator,
    )  # fmt: skip
    for person in everybody:
        me = person.client.read("/me")
        check(me["person_id"] == person.person_id, f"{person.display_name} to be signed in", me)
    listed = {one["person_id"] for one in admin.client.items("/staff")}
    check(listed == {person.person_id for person in everybody}, "five people in the staff list", listed)
    story.effect("five people work at the practice")
    return practice


def _rooms(story: Story, practice: Practice) -> Practice:
    made = [
        story.make(practice.admin.client, "/sessions/rooms", {"name": name, "kind": kind})["room_id"]
        for name, kind in (("Cedar", "medicine"), ("Birch", "talk"))
    ]
    listed = sorted(room["room_id"] for room in practice.desk.client.items("/sessions/rooms"))
    check(listed == sorted(made), "two rooms in the front desk's list", listed)
    story.effect("the front desk sees both rooms")
    return replace(practice, medicine_room=made[0], talk_room=made[1])


def enter_licence(story: Story, admin: Client, person: Person, profession: str, clock: PracticeClock) -> None:
    """A licence that holds for all the play."""
    day = clock.today()
    licence = {
        "profession": profession,
        "jurisdiction": LICENSED_IN,
        "valid_from": (day - timedelta(days=365)).isoformat(),
        "valid_until": (day + timedelta(days=365)).isoformat(),
    }
    story.make(admin, f"/sessions/practitioners/{person.person_id}/licences", licence)


def enter_availability(story: Story, admin: Client, person: Person) -> None:
    """Long days, seven a week."""
    for weekday in range(7):
        hours = {"weekday": weekday, "from_time": OPENS, "until_time": CLOSES, "zone": ZONE}
        story.make(admin, f"/sessions/practitioners/{person.person_id}/availability", hours)


def _stranger(story: Story, url: str, authorization: str, slug: str, make_client: MakeClient) -> Person:
    operator = make_client(url, authorization=authorization, practice=slug)
    _create(story, make_client(url, authorization=authorization), slug, f"Juniper {slug[-6:-2]}")
    return Door(url, slug, make_client).add_staff(
        operator, "Ulrike Sand", f"desk@{slug}.example", ["front_desk"]
    )
