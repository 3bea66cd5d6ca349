"""A list costs as many statements as it has kinds of things, not as it has rows: a practice of years stays quick."""

from collections import Counter
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.chassis.statements import recorded
from tests.chassis.test_denied_statements import routes
from tests.notify.mailserver import serving
from tests.privacy import acts, calendar_acts
from tests.privacy.home import Home, make_home
from tests.world.world import Caller, World

SEVERAL = 6


@pytest.fixture(scope="module")
def home(world: World) -> Iterator[Home]:
    """A couple with several of what there are lists of."""
    with serving() as mail:
        home = make_home(world, mail)
        for n in range(SEVERAL):
            pair = [{"display_name": "Cy"}, {"display_name": "Di"}]
            assert home.desk("intake").post("/couples", {"partners": pair}).status_code == 201
            for act in (
                acts.ana_writes, acts.ana_shares, acts.bo_shares_with_ana, acts.bo_shares_with_his_practitioner,
                calendar_acts.a_joint_appointment, calendar_acts.ana_is_booked_alone,
            ):  # fmt: skip
                act(home, n)
            home.end_a_medicine_session()
            home.go_on()
            acts.days_pass(home, 0)
            acts.bo_answers(home, 0)  # as somebody whom the care team is told of
        yield home.settled()


def who_read(home: Home, service: str) -> dict[str, Caller]:
    admin = home.world.caller(service, home.practice, uuid4(), "practice_admin")
    return {
        "ana": home.ana(service),
        "bo": home.bo(service),
        "therapist": home.therapist(service),
        "admin": admin,
    }


def test_no_list_asks_the_database_once_for_each_of_its_rows(world: World, home: Home) -> None:
    asked, greedy = 0, list[str]()
    for route in routes(world, "GET"):
        path = route.path(couple_id=str(home.couple_id), person_id=str(home.bo_id))
        for who, caller in who_read(home, route.service).items():
            with recorded(world) as statements:
                answer = caller.get(path.removeprefix(f"/api/v1/{route.service}"))
                most, times = max(Counter(statements).items(), key=lambda one: one[1], default=("", 0))
            rows = len(answer.json.get("items", [])) if answer.is_json else 0
            asked += rows >= SEVERAL
            if rows >= SEVERAL and times >= SEVERAL:
                greedy.append(f"{who}: {route}: {rows} rows, {times} times {most}")
    assert asked >= 20, "of what there are lists of, there is too little"
    assert not greedy, "\n".join(greedy)
