"""A couple comes into care: registered, treated by a care team, each partner invited apart."""

from functools import partial

from deploy.local.journey.client import Current
from deploy.local.journey.faults import Off, check
from deploy.local.journey.mailbox import lost_mail
from deploy.local.journey.people import Couple, Person
from deploy.local.journey.stage import Stage
from deploy.local.journey.views import looks_missing


def register(
    stage: Stage, names: tuple[str, str], care_team: tuple[Person, ...], enquiry_id: str | None = None
) -> Couple:
    """Register a couple, set its care team, invite both and let them accept."""
    story, desk = stage.story, stage.practice.desk
    one, other = names
    with story.step(f"{one} and {other} are registered as a couple"):
        body: dict[str, object] = {"partners": [{"display_name": name} for name in names]}
        if enquiry_id is not None:
            body["enquiry_id"] = enquiry_id
        registered = story.make(desk.client, "/intake/couples", body)
        couple_id: str = registered["couple_id"]
        ids = {partner["display_name"]: partner["person_id"] for partner in registered["partners"]}
        check(set(ids) == set(names), f"the partners {one} and {other}", registered)
        couples = [couple["couple_id"] for couple in desk.client.items("/intake/couples")]
        check(couples.count(couple_id) == 1, "the couple once in the front desk's list", couples)
        story.effect("the front desk sees the couple")
    with story.step(f"the care team of {one} and {other} is set"):
        _set_care_team(stage, couple_id, care_team)
    partners = [invite(stage, ids[name], name) for name in names]
    couple = Couple(couple_id, partners[0], partners[1], care_team)
    with story.step(f"{one} and {other} find themselves, each with a login of their own"):
        _check_joined(stage, couple)
    return couple


def _set_care_team(stage: Stage, couple_id: str, care_team: tuple[Person, ...]) -> None:
    desk, path = stage.practice.desk.client, f"/intake/couples/{couple_id}"
    wanted = [person.person_id for person in care_team]

    def current() -> Current:
        couple = desk.read(path)
        return Current(couple["version"], sorted(couple["practitioner_ids"]) == sorted(wanted))

    desk.put(f"{path}/care-team", {"practitioner_ids": wanted}, current=current)
    for person in care_team:
        stage.story.until(
            f"{person.display_name} to see the couple",
            partial(person.client.get, path),
            lambda answer: answer.status == 200,
        )
    practice = stage.practice
    for person in (practice.prescriber, practice.therapist, practice.facilitator):
        if person not in care_team:
            looks_missing(person.client, path, couple_id)
    looks_missing(stage.stranger.client, path, couple_id)


def invite(stage: Stage, person_id: str, display_name: str) -> Person:
    """Invite one partner to their own address; they read their mail and accept."""
    story, slug = stage.story, stage.practice.slug
    address = f"{display_name.lower()}@{slug}.example"
    with story.step(f"{display_name} is invited"):
        token = _invitation(stage, Person(person_id, display_name, address, stage.public))
    with story.step(f"{display_name} accepts"):
        session = stage.public.make("/invitations/accept", {"token": token})
        check(session["person_id"] == person_id, f"a session of {display_name}", session["person_id"])
        again = stage.public.post("/invitations/accept", {"token": token})
        check(400 <= again.status < 500, "an invitation to work once", again)
        person = Person(
            person_id, display_name, address, stage.door.client(person_id, f"Bearer {session['token']}")
        )
        me = person.client.read("/me")
        check((me["person_id"], me["roles"]) == (person_id, ["partner"]), f"{display_name} signed in", me)
        story.effect(f"{display_name} is signed in")
        stage.letters.begin(person)
    return person


def _invitation(stage: Stage, person: Person) -> str:
    """The token of an invitation that reached the mailbox; sent anew when staff is shown that it was lost."""
    story, desk = stage.story, stage.practice.desk.client
    for sent in range(1, 6):
        body = {"person_id": person.person_id, "email": person.address}
        lost_before = lost_mail(desk, None)
        story.make(desk, "/invitations", body)

        def look(expected: int = sent, lost_before: int = lost_before) -> tuple[list[str], bool]:
            tokens = stage.mailbox.invitation_tokens(person.address)
            check(len(tokens) <= expected, f"at most {expected} invitations", len(tokens))
            return tokens, not tokens and lost_mail(desk, None) > lost_before

        tokens, is_lost = story.until(f"the invitation of {person.display_name}", look, any, by_mail=True)
        if not is_lost:
            return tokens[-1]
    raise Off("an invitation to arrive", "five that were lost")


def _check_joined(stage: Stage, couple: Couple) -> None:
    path = f"/intake/couples/{couple.couple_id}"
    stage.story.until(
        "both to have joined",
        lambda: stage.practice.desk.client.read(path)["partners"],
        lambda partners: [partner["state"] for partner in partners] == ["joined", "joined"],
    )
    for me, other in (couple.partners, couple.partners[::-1]):
        seen = me.client.read("/intake/me/couple")
        check(seen["couple_id"] == couple.couple_id, "their own couple", seen)
        check(seen["me"]["person_id"] == me.person_id, f"{me.display_name} as themselves", seen)
        check(seen["partner"]["display_name"] == other.display_name, f"{other.display_name} as partner", seen)
        looks_missing(me.client, path, couple.couple_id)  # the staff's view is not theirs
        stage.story.effect(f"{me.display_name} sees the couple")
