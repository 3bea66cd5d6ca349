"""Somebody's things at every service, and everybody who must not see one or another of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

from shared.web.actor import ROLES
from tests.notify.mailserver import serving
from tests.privacy import acts, calendar_acts
from tests.privacy.home import Home, make_home
from tests.world.world import Caller, World


@dataclass
class Scene:
    """Bo's things, at every service, and everybody who must not see one or another of them."""

    home: Home
    things: dict[str, list[str]]  # by the name of the id
    people: dict[str, tuple[UUID, UUID | None, str]]  # who → their practice, id and role

    def caller(self, who: str, service: str) -> Caller:
        practice, person_id, role = self.people[who]
        return self.home.world.caller(service, practice, person_id, role)


@contextmanager
def made_scene(world: World) -> Iterator[Scene]:
    """A couple with something of each kind, and who is denied it; the mail server serves until the end."""
    with serving() as mail:
        home = make_home(world, mail)
        for act, n in (
            (acts.a_medicine_session_ends, 0), (acts.days_pass, 0), (acts.bo_writes, 1),
            (acts.bo_shares_with_his_practitioner, 1), (acts.bo_answers, 3),
            (calendar_acts.bo_is_booked_alone, 1), (calendar_acts.a_medicine_session_is_planned, 1),
        ):  # fmt: skip
            home.go_on()
            act(home, n)
        home.go_on()
        concerns = home.therapist("integration").get("/safety-concerns").json["items"]
        of_ana_alone, here = uuid4(), home.practice
        people = {
            role: (here, None if role in ("public", "operator") else uuid4(), role) for role in sorted(ROLES)
        }
        people |= {
            "ana": (here, home.ana_id, "partner"),
            "of Ana alone": (here, of_ana_alone, "practitioner"),
            "elsewhere": (here, _treats_another_couple(home), "practitioner"),
            # To the office all of its practice is open, and nothing of another's.
            "office elsewhere": (world.practice(), uuid4(), "practice_admin"),
        }
        opened = _let_see_ana(home, of_ana_alone)
        bo, therapist = home.bo("notify"), home.therapist("notify")
        journal = home.therapist("integration").get(f"{home.of_bo()}/journal").json["items"]
        made = Scene(
            home,
            {
                "alert_id": [one["alert_id"] for one in therapist.get("/alerts").json["items"]],
                "break_glass_id": [opened],
                "contact_id": [one["contact_id"] for one in bo.get("/me/contacts").json["items"]],
                "medicine_session_id": home.made["medicine"],
                "message_id": [bo.get("/me/inbox").json["items"][0]["message_id"]],
                "practitioner_id": [str(home.therapist_id)],
                "room_id": [home.rooms.talk],
                "shared_id": [one["shared_id"] for one in journal],
                "couple_id": [str(home.couple_id)],
                "person_id": [str(home.bo_id)],
                "session_id": [*home.made["bo's"], *home.made["medicine"]],
                "entry_id": home.made["bo entries"],
                "concern_id": [one["concern_id"] for one in concerns],
                "check_in_id": _check_ins_of_bo(home),
            },
            people,
        )
        assert all(made.things.values()), "of each there is something"
        yield made


def _check_ins_of_bo(home: Home) -> list[str]:
    """Answered ones too: they are there."""
    his = "SELECT id FROM check_in WHERE person_id = %s"
    return [str(one) for (one,) in home.world.rows("integration", home.practice, his, home.bo_id)]


def _treats_another_couple(home: Home) -> UUID:
    desk, who = home.desk("intake"), uuid4()
    other = desk.post("/couples", {"partners": [{"display_name": "Cy"}, {"display_name": "Di"}]}).json
    desk.put(f"/couples/{other['couple_id']}/care-team", {"practitioner_ids": [str(who)]}, etag='"1"')
    home.go_on()
    return who


def _let_see_ana(home: Home, who: UUID) -> str:
    """Somebody with an open access to Ana alone, to whom Bo must be nobody."""
    body = {"person_id": str(home.ana_id), "reason": "She called at night."}
    clinician = home.world.caller("intake", home.practice, who, "practitioner")
    opened = clinician.post(f"/couples/{home.couple_id}/break-glass", body)
    assert opened.status_code == 201, opened.text
    home.go_on()
    return str(opened.json["break_glass_id"])
