"""A list costs as many statements as it has kinds of things, not as it has rows: a practice of years stays quick.

One statement more is asked for each person whose sealed words are read: their key's.
"""

import re
from collections import Counter
from collections.abc import Iterator
from uuid import uuid4

import pytest

from shared.events.gateway import StaffJoined, StaffRole
from tests.chassis.routes import Route
from tests.chassis.statements import recorded
from tests.chassis.test_bad_requests import ENQUIRY
from tests.chassis.test_denied_statements import routes
from tests.notify.mailserver import serving
from tests.privacy import acts, calendar_acts
from tests.privacy.home import Home, make_home
from tests.world.world import Caller, World

SEVERAL = 6
FEW_TIMES = 3
_LISTED, _NUMBERED = re.compile(r"IN \([^()]*\)"), re.compile(r"%\(\w+\)s|\$\d+")
ON_CALL = uuid4()
"""Who breaks the glass each time: whose words are read, their key is looked up once, whatever the list."""
FEW = {
    "intake.list_readiness": "one decision for each partner",
    "notify.list_own_contacts": "a person has one address or two",
    "sessions.list_my_consents": "one for each medicine session, of which there is one ahead",
    "sessions.list_observations": "of one session, while it goes on; they are read as a page of one table",
}
"""Lists that are short by their nature, and why."""


@pytest.fixture(scope="module")
def home(world: World) -> Iterator[Home]:
    """A couple with several of what there are lists of, in a practice that has several of the rest."""
    with serving() as mail:
        home = make_home(world, mail)
        for n in range(SEVERAL):
            _several_of_the_practice(home, n)
            for act in (
                acts.ana_writes, acts.ana_shares, acts.bo_shares_with_ana, acts.bo_shares_with_his_practitioner,
                acts.both_share_an_intention, calendar_acts.a_joint_appointment,
                calendar_acts.ana_is_booked_alone,
            ):  # fmt: skip
                act(home, n)
            home.end_a_medicine_session()
            home.go_on()
            acts.days_pass(home, 0)
            acts.bo_answers(home, 0)  # as somebody whom the care team is told of
        for n in range(SEVERAL):
            calendar_acts.a_joint_appointment(home, n)
        yield home.settled()


def _several_of_the_practice(home: Home, n: int) -> None:
    world, practice = home.world, home.practice
    couples, here = home.desk("intake"), f"/couples/{home.couple_id}"
    admin = world.caller("intake", practice, uuid4(), "practice_admin")
    rooms = world.caller("sessions", practice, uuid4(), "practice_admin")
    made = [
        couples.post("/couples", {"partners": [{"display_name": "Cy"}, {"display_name": "Di"}]}),
        world.caller("intake", practice, None, "public").post("/enquiries", ENQUIRY),
        rooms.post("/rooms", {"name": f"Room {n}", "kind": "talk"}),
        admin.post(f"{here}/conflict-marks/{uuid4()}"),
        world.caller("intake", practice, ON_CALL, "practitioner").post(
            f"{here}/break-glass", {"reason": "She called at night."}
        ),
    ]
    assert [one.status_code for one in made] == [201] * len(made), [one.text for one in made]
    world.tell(practice, StaffJoined(person_id=uuid4(), roles=(StaffRole.PRACTITIONER,), contact_id=uuid4()))


def readers(home: Home, service: str) -> Iterator[tuple[str, Caller]]:
    yield "ana", home.ana(service)
    yield "bo", home.bo(service)
    yield "therapist", home.therapist(service)
    yield "admin", home.world.caller(service, home.practice, uuid4(), "practice_admin")


def looked_at(home: Home, route: Route) -> tuple[int, list[str]]:
    """Of whoever sees most of it: how many rows, and statements that ran as often as there are rows."""
    path = route.path(couple_id=str(home.couple_id), person_id=str(home.bo_id))
    most, greedy = 0, list[str]()
    for who, caller in readers(home, route.service):
        with recorded(home.world) as statements:
            answer = caller.get(path.removeprefix(f"/api/v1/{route.service}"))
            counted = Counter(_NUMBERED.sub("", _LISTED.sub("IN ()", one)) for one in statements)
        rows = len(answer.json["items"]) if answer.status_code == 200 else 0
        most = max(most, rows)
        if rows >= SEVERAL:
            greedy += [
                f"{who}: {route}: {n} times {one}"
                for one, n in counted.items()
                if n > FEW_TIMES and "set_config" not in one
            ]
    return most, greedy


def test_no_list_asks_the_database_once_for_each_of_its_rows(world: World, home: Home) -> None:
    """Of every list behind the gateway, with rows of one couple and of one practice."""
    found = {route.endpoint: looked_at(home, route) for route in routes(world, "GET") if route.is_list}
    greedy = [line for _, lines in found.values() for line in lines]
    assert not greedy, "\n".join(greedy)
    assert {name for name, (most, _) in found.items() if most < SEVERAL} == set(FEW)
