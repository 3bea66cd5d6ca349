"""P2: what is denied runs the very statements that run for what was never there, so that no time tells them apart.

Every route with an id in its path or body, in every service behind the gateway, as everybody whom it denies: once with
the ids of things that are there, once with ids of nothing. Texts and number are compared, not parameters. What a write
does where it is admitted is undone.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import islice, product
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from services.integration.models import CareTeamMember
from services.integration.queries import couples
from shared.db.direct import directly
from shared.errors import Unavailable
from shared.settings import SERVICES
from tests.chassis.routes import Route, routes_of
from tests.chassis.scene import Scene, made_scene
from tests.chassis.statements import recorded
from tests.world.world import Caller, World

pytestmark = pytest.mark.P2

Answer = tuple[int, bytes, list[tuple[str, str]]]


@pytest.fixture(scope="module")
def scene(world: World) -> Iterator[Scene]:
    with made_scene(world) as made:
        yield made


WRITES = ("POST", "PUT", "PATCH", "DELETE")
BEHIND = tuple(name for name in SERVICES if name != "gateway")


def routes(world: World, *methods: str) -> list[Route]:
    """But for the operators' own: their role alone decides, before anything is looked up."""
    every = [route for name in BEHIND for route in routes_of(name, world.sides[name].app)]
    return [one for one in every if one.method in methods and "/ops/" not in one.rule.rule]


THEIRS = {
    "intake.lift_conflict_mark": "an admin sees every mark: of which there is none is no secret to them"
}
"""Whom the rule names may know what is there of all that the path can name, and why."""


def named_in_body(scene: Scene, route: Route) -> list[str]:
    return sorted(set(route.body) & set(scene.things))


def ask(
    caller: Caller, method: str, path: str, body: Mapping[str, Any] | None = None
) -> tuple[Answer, list[str]]:
    """The answer, and the statements it took."""
    path = path.removeprefix(f"/api/v1/{caller.service}")
    with recorded(caller.world) as statements:
        match method:
            case "GET":
                answer = caller.get(path)
            case "POST":
                answer = caller.post(path, body)
            case _:
                answer = caller.put(path, body, etag='"1"')
        return (answer.status_code, answer.data, sorted(answer.headers.items())), list(statements)


def told_apart(scene: Scene, route: Route) -> tuple[list[str], set[str]]:
    """Where something that is there is denied otherwise than what is not; and to whom all of it was denied."""
    found, denied = [], set()
    body = {**route.body, **{name: scene.things[name][0] for name in named_in_body(scene, route)}}
    for who, (practice, _, role) in scene.people.items():
        is_named = role in route.roles
        if is_named and practice == scene.home.practice and route.endpoint in THEIRS:
            continue
        caller = scene.caller(who, route.service)
        nothing = ask(caller, route.method, route.path(), body)
        every = product(*((*scene.things[name], str(uuid4())) for name in route.ids))
        for ids in (
            every if is_named else islice(every, 1)
        ):  # else the role decides, before anything is looked up
            path = route.path(**dict(zip(route.ids, ids, strict=True)))
            answer = ask(caller, route.method, path, body)
            if answer[0][0] != 404 or (who == "ana" and ids[-1] in scene.home.made["medicine"]):
                continue  # it isn't denied; of a session that is Ana's own there may be no calendar file yet
            denied.add(who)
            if answer != nothing:
                found.append(f"{who}: {route.method} {path}: {answer} is not {nothing}")
    return found, denied


def told_apart_by_body(scene: Scene, route: Route) -> tuple[list[str], set[str]]:
    """The same of ids in what is sent, with the path's ids of things that are there."""
    found, denied = [], set()
    names = named_in_body(scene, route)
    path = route.path(**{name: scene.things[name][0] for name in route.ids})
    for who in scene.people:
        caller = scene.caller(who, route.service)
        for name in names:
            others = {one: scene.things[one][0] for one in names if one != name}
            nothing = ask(caller, route.method, path, {**route.body, **others, name: str(uuid4())})
            for thing in scene.things[name]:
                answer = ask(caller, route.method, path, {**route.body, **others, name: thing})
                if answer[0][0] == 404:
                    denied.add(who)
                    if answer != nothing:
                        found.append(f"{who}: {route} {name}: {answer} is not {nothing}")
    return found, denied


@contextmanager
def undone(world: World) -> Iterator[None]:
    """Nothing that is asked within is kept: who is admitted hears 503, and the scene stays as it is."""

    def refuse(_: Session) -> None:
        raise Unavailable

    with ExitStack() as undo:
        for name in BEHIND:
            made = world.sides[name].app.extensions["attune_database"]._sessions
            event.listen(made, "before_commit", refuse)
            undo.callback(event.remove, made, "before_commit", refuse)
        yield


def test_what_is_denied_runs_the_same_statements_as_what_is_not_there(world: World, scene: Scene) -> None:
    unlike: list[str] = []
    asked = [route for route in routes(world, "GET") if route.ids]
    assert len(asked) >= 14
    for route in asked:
        found, denied = told_apart(scene, route)
        unlike += found
        assert {"partner", "public", "operator", "ana"} <= denied, str(route)
    assert not unlike, "\n".join(unlike)


def test_so_does_a_write_that_is_denied(world: World, scene: Scene) -> None:
    unlike: list[str] = []
    asked = [route for route in routes(world, *WRITES) if route.ids]
    assert len(asked) >= 28
    with undone(world):
        for route in asked:
            found, denied = told_apart(scene, route)
            unlike += found
            strangers = {who for who, (_, _, role) in scene.people.items() if role not in route.roles}
            assert strangers <= denied, str(route)
            # And somebody whom the role alone would have let in, but for the practitioners' own licences and hours.
            assert denied - strangers or "practitioner_id" in route.ids, str(route)
    assert not unlike, "\n".join(unlike)


def test_so_does_one_that_names_it_in_what_it_sends(world: World, scene: Scene) -> None:
    unlike: list[str] = []
    asked = [route for route in routes(world, *WRITES) if named_in_body(scene, route)]
    assert len(asked) >= 6
    with undone(world):
        for route in asked:
            found, denied = told_apart_by_body(scene, route)
            unlike += found
            assert denied, str(route)
    assert not unlike, "\n".join(unlike)


def test_both_ways_of_sending_a_statement_are_recorded(scene: Scene) -> None:
    path = f"/couples/{scene.home.couple_id}/journeys"
    stranger = scene.home.world.caller("integration", scene.home.practice, uuid4(), "practitioner")
    _, statements = ask(stranger, "GET", f"/api/v1/integration{path}")
    assert "set_config" in statements[0], "by psycopg itself"
    assert any("care_team_member" in one for one in statements[1:]), "by SQLAlchemy"


# ---- the test of the test -----------------------------------------------------------------------------------


def _once_more(db: Session) -> None:
    db.execute(select(CareTeamMember.couple_id).limit(1))


def _once_more_directly(db: Session) -> None:
    with directly(db.connection()) as raw:
        raw.execute("SELECT 1")


@pytest.mark.parametrize(
    ("endpoint", "one_more"),
    [
        ("integration.list_couple_journeys", _once_more),
        ("integration.list_couple_journeys", _once_more_directly),
        ("integration.record_entry_told_first", _once_more),
    ],
)
def test_one_query_more_for_what_is_there_is_found(
    world: World,
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: str,
    one_more: Callable[[Session], None],
) -> None:
    honest = couples.is_treating

    def curious(db: Session, practitioner_id: UUID, couple_id: UUID) -> bool:
        if couple_id == scene.home.couple_id:
            one_more(db)
        return honest(db, practitioner_id, couple_id)

    monkeypatch.setattr(couples, "is_treating", curious)
    (route,) = (one for one in routes(world, "GET", "POST") if one.endpoint == endpoint)
    with undone(world):
        found: Any = told_apart(scene, route)[0]
    assert found
