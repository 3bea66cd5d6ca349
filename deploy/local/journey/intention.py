"""Intentions: each writes alone; what one chooses to share the other sees, and nothing else."""

from deploy.local.journey.client import Current
from deploy.local.journey.faults import check
from deploy.local.journey.people import Couple, Person
from deploy.local.journey.stage import Stage
from deploy.local.journey.views import looks_missing, told

MINE, FROM_PARTNER = "/intake/me/intention", "/intake/me/intention/from-partner"


def write_and_share(stage: Stage, couple: Couple) -> None:
    """Both write; the first shares one part; the second sees exactly that, the first nothing new."""
    story, (first, second) = stage.story, couple.partners
    hope = f"To hear each other again, hopes {first.display_name}."
    with story.step(f"{first.display_name} and {second.display_name} each write an intention"):
        write(first, "hope", hope)
        write(first, "past", f"What {first.display_name} would like to be known by.")
        write(second, "hope", f"To let an old fear go, hopes {second.display_name}.")
        for person in couple.partners:
            check(_from_partner(person) == [], f"nothing for {person.display_name} before anything is shared",
                  _from_partner(person))  # fmt: skip
            story.effect(f"{person.display_name}'s intention is kept")
    with story.step(f"{first.display_name} shares one part"):
        before = {path: told(first.client.get(path)) for path in (FROM_PARTNER,)}
        kept = told(second.client.get(MINE))
        preview = first.client.read("/intake/me/intention/preview/hope")
        check(preview["text"] == hope, "a preview of what the other will see", preview)
        first.client.make("/intake/me/intention/parts/hope/share")
        story.until(
            f"{second.display_name} to see what was shared",
            lambda: _from_partner(second),
            lambda parts: parts == [{"part": "hope", "text": hope}],
        )
        stage.letters.told(second, of="a shared intention")
        stage.letters.nothing_more(first)
        check(told(second.client.get(MINE)) == kept, f"{second.display_name}'s own intention unchanged", MINE)
        after = {path: told(first.client.get(path)) for path in before}
        check(after == before, f"nothing new for {first.display_name}", after)
    with story.step("the care team reads intentions; others can't"):
        _check_readers(stage, couple)


def write(person: Person, part: str, text: str) -> None:
    """Write one part of a person's own intention."""

    def current() -> Current:
        parts = {one["part"]: one for one in person.client.read(MINE)["parts"]}
        there = parts.get(part)
        is_new = there is None or not there.get("version")
        return Current(None if is_new or there is None else there["version"],
                       there is not None and there["text"] == text)  # fmt: skip

    person.client.put(f"{MINE}/parts/{part}", {"text": text}, current=current)


def _from_partner(person: Person) -> list[dict[str, str]]:
    parts: list[dict[str, str]] = person.client.read(FROM_PARTNER)["parts"]
    return parts


def _check_readers(stage: Stage, couple: Couple) -> None:
    first, second = couple.partners
    path = f"/intake/couples/{couple.couple_id}/partners/{first.person_id}/intention"
    therapist, desk = couple.care_team[-1], stage.practice.desk
    seen = therapist.client.read(path)
    check("hope" in [part["part"] for part in seen["parts"]], "the intention at the care team's view", seen)
    stage.story.effect("the care team reads the intention")
    for person in (second, desk, stage.stranger):
        looks_missing(person.client, path, couple.couple_id)
        looks_missing(person.client, path, first.person_id)
