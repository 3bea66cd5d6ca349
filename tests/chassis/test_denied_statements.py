"""P2: what is denied runs the very statements that run for what was never there, so that no time tells them apart.

Every GET route with an id, in every service, as everybody whom it denies: once with the ids of things that are there,
once with ids of nothing. Texts and number are compared, not parameters.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.integration.models import CareTeamMember
from services.integration.queries import couples
from shared.db.direct import directly
from shared.settings import SERVICES
from shared.web.actor import ROLES
from tests.chassis.routes import Route, routes_of
from tests.chassis.statements import recorded
from tests.notify.mailserver import serving
from tests.privacy import acts, calendar_acts
from tests.privacy.home import Home, make_home
from tests.world.world import Caller, World

pytestmark = pytest.mark.P2

Answer = tuple[int, bytes, list[tuple[str, str]]]


@dataclass
class Scene:
    """Bo's things, at every service, and everybody who must not see one or another of them."""

    home: Home
    things: dict[str, list[str]]  # by the name of the id in the path
    people: dict[str, tuple[UUID, str]]  # who → their id and role


@pytest.fixture(scope="module")
def scene(world: World) -> Iterator[Scene]:
    with serving() as mail:
        home = make_home(world, mail)
        for act, n in (
            (acts.a_medicine_session_ends, 0), (acts.days_pass, 0), (acts.bo_writes, 1), (acts.bo_answers, 3),
            (calendar_acts.bo_is_booked_alone, 1), (calendar_acts.a_medicine_session_is_planned, 1),
        ):  # fmt: skip
            home.go_on()
            act(home, n)
        home.go_on()
        concerns = home.therapist("integration").get("/safety-concerns").json["items"]
        people = {role: (uuid4(), role) for role in ROLES}
        people |= {"ana": (home.ana_id, "partner"), "of Ana alone": (uuid4(), "practitioner")}
        people["elsewhere"] = (_treats_another_couple(home), "practitioner")
        _let_see_ana(home, people["of Ana alone"][0])
        yield Scene(
            home,
            {
                "couple_id": [str(home.couple_id)],
                "person_id": [str(home.bo_id)],
                "session_id": [*home.made["bo's"], *home.made["medicine"]],
                "entry_id": home.made["bo entries"],
                "concern_id": [one["concern_id"] for one in concerns],
                "check_in_id": [
                    one["check_in_id"] for one in home.bo("integration").get("/me/check-ins").json["items"]
                ],
            },
            people,
        )


def _treats_another_couple(home: Home) -> UUID:
    desk, who = home.desk("intake"), uuid4()
    other = desk.post("/couples", {"partners": [{"display_name": "Cy"}, {"display_name": "Di"}]}).json
    desk.put(f"/couples/{other['couple_id']}/care-team", {"practitioner_ids": [str(who)]}, etag='"1"')
    home.go_on()
    return who


def _let_see_ana(home: Home, who: UUID) -> None:
    """Somebody with an open access to Ana alone, to whom Bo must be nobody."""
    body = {"person_id": str(home.ana_id), "reason": "She called at night."}
    clinician = home.world.caller("intake", home.practice, who, "practitioner")
    opened = clinician.post(f"/couples/{home.couple_id}/break-glass", body)
    assert opened.status_code == 201, opened.text
    home.go_on()


def asked(world: World, route: Route) -> bool:
    """Not the operators' own: their role alone decides, before anything is looked up."""
    return route.method == "GET" and bool(route.ids) and "/ops/" not in route.rule.rule


def routes(world: World) -> list[Route]:
    found = [
        route for name in SERVICES for route in routes_of(name, world.sides[name].app) if asked(world, route)
    ]
    assert len(found) >= 14
    return found


def ask(caller: Caller, path: str) -> tuple[Answer, list[str]]:
    """The answer, and the statements it took."""
    with recorded(caller.world) as statements:
        answer = caller.get(path.removeprefix(f"/api/v1/{caller.service}"))
        return (answer.status_code, answer.data, sorted(answer.headers.items())), list(statements)


def told_apart(scene: Scene, route: Route) -> tuple[list[str], set[str]]:
    """Where something that is there is denied otherwise than what is not; and to whom all of it was denied."""
    found, denied = [], set()
    world, practice = scene.home.world, scene.home.practice
    for who, (person_id, role) in scene.people.items():
        named = person_id if role not in ("public", "operator") else None
        caller = world.caller(route.service, practice, named, role)
        nothing = ask(caller, route.path())
        for ids in product(*((*scene.things[name], str(uuid4())) for name in route.ids)):
            path = route.path(**dict(zip(route.ids, ids, strict=True)))
            answer = ask(caller, path)
            if answer[0][0] != 404 or (who == "ana" and ids[-1] in scene.home.made["medicine"]):
                continue  # it isn't denied; of a session that is Ana's own there may be no calendar file yet
            denied.add(who)
            if answer != nothing:
                found.append(f"{who}: {path}: {answer} is not {nothing}")
    return found, denied


def test_what_is_denied_runs_the_same_statements_as_what_is_not_there(world: World, scene: Scene) -> None:
    unlike: list[str] = []
    for route in routes(world):
        found, denied = told_apart(scene, route)
        unlike += found
        assert {"partner", "public", "operator", "ana"} <= denied, str(route)
    assert not unlike, "\n".join(unlike)


def test_both_ways_of_sending_a_statement_are_recorded(scene: Scene) -> None:
    path = f"/couples/{scene.home.couple_id}/journeys"
    stranger = scene.home.world.caller("integration", scene.home.practice, uuid4(), "practitioner")
    _, statements = ask(stranger, f"/api/v1/integration{path}")
    assert "set_config" in statements[0], "by psycopg itself"
    assert any("care_team_member" in one for one in statements[1:]), "by SQLAlchemy"


# ---- the test of the test -----------------------------------------------------------------------------------


def _once_more(db: Session) -> None:
    db.execute(select(CareTeamMember.couple_id).limit(1))


def _once_more_directly(db: Session) -> None:
    with directly(db.connection()) as raw:
        raw.execute("SELECT 1")


@pytest.mark.parametrize("one_more", [_once_more, _once_more_directly])
def test_one_query_more_for_what_is_there_is_found(
    world: World, scene: Scene, monkeypatch: pytest.MonkeyPatch, one_more: Callable[[Session], None]
) -> None:
    honest = couples.is_treating

    def curious(db: Session, practitioner_id: UUID, couple_id: UUID) -> bool:
        if couple_id == scene.home.couple_id:
            one_more(db)
        return honest(db, practitioner_id, couple_id)

    monkeypatch.setattr(couples, "is_treating", curious)
    (route,) = (one for one in routes(world) if one.endpoint == "integration.list_couple_journeys")
    found: Any = told_apart(scene, route)[0]
    assert found
