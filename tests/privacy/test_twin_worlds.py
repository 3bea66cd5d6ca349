"""P1: two worlds that differ only in what Bo keeps to himself are the same to Ana, to the byte."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Response, request
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.privacy import acts
from tests.privacy.home import Home, make_home
from tests.privacy.observing import differences, observe
from tests.scale import SCALE, Count, told
from tests.world.world import World

pytestmark = [pytest.mark.P1, pytest.mark.timeout(300 + 60_000 * SCALE)]
TRACES = max(4, round(10_000 * SCALE))  # each in two worlds

Step = tuple[acts.Act, int]
_numbers = st.integers(0, 119)
_open = st.tuples(st.sampled_from(acts.OPEN), _numbers)
_secret = st.tuples(st.sampled_from(acts.SECRET), _numbers)
_story = st.lists(st.one_of(_open, _secret, _secret), min_size=4, max_size=14).filter(
    lambda steps: any(act in acts.SECRET for act, _ in steps)
)


def tell(home: Home, story: list[Step], *, with_secrets: bool) -> Home:
    """Play the story from the same beginning; without secrets Bo keeps nothing to himself."""
    beginning = [(acts.a_medicine_session_ends, 0), (acts.days_pass, 0)]
    for act, number in [*beginning, *story]:
        home.world.pump(ticks=True)  # so that it does not depend on the machine's speed what is told when
        if with_secrets or act in acts.OPEN:
            act(home, number)
    return home.settled()


def compare(world: World, story: list[Step]) -> list[str]:
    """Where Ana of the world with secrets sees anything else than Ana of the world without."""
    quiet = observe(tell(make_home(world), story, with_secrets=False))
    full = observe(tell(make_home(world), story, with_secrets=True))
    return differences(quiet, full)


def explore(world: World, traces: int, count: Count) -> None:
    @settings(
        max_examples=traces,
        derandomize=SCALE == 0,
        database=None,
        deadline=None,
        phases=(Phase.generate,) if SCALE == 0 else (Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(_story)
    def every_story(story: list[Step]) -> None:
        count.tried += 1
        found = compare(world, story)
        assert not found, "\n".join([repr([(act.__name__, n) for act, n in story]), *found])

    every_story()


def test_twins_that_differ_in_bos_secrets_are_the_same_to_ana(world: World) -> None:
    with told("twin_worlds") as count:
        explore(world, TRACES, count)


@pytest.mark.D2
def test_what_bo_took_back_before_it_went_out_shows_nowhere(world: World) -> None:
    entry, intention = (
        acts.bo_shares_with_ana_and_takes_back_at_once,
        acts.bo_shares_an_intention_and_takes_it_back_at_once,
    )
    story: list[Step] = [(entry, 1), (intention, 1), (acts.days_pass, 1), (acts.ana_shares, 1), (entry, 2)]
    assert compare(world, story) == []


NOTICE = {"page /", "notify/me/inbox", "what was sent to her"}
RELEASES: list[tuple[acts.Act, set[str]]] = [
    (acts.bo_shares_with_ana, {"integration/me/shared-with-me", *NOTICE}),
    (acts.both_share_an_intention, {"intake/me/intention", "intake/me/intention/from-partner", *NOTICE}),
]


@pytest.mark.parametrize(("release", "places"), RELEASES)
def test_a_released_fact_changes_its_own_place_and_nothing_else(
    world: World, release: acts.Act, places: set[str]
) -> None:
    story: list[Step] = [(acts.bo_writes, 3), (acts.ana_shares, 1), (acts.bo_answers, 3), (acts.days_pass, 2)]
    before = observe(tell(make_home(world), story, with_secrets=True))
    home = tell(make_home(world), story, with_secrets=True)
    release(home, 1)

    changed = {line.split("\n")[0].split("?")[0] for line in differences(before, observe(home.settled()))}

    assert changed
    assert changed <= places


# ---- the test of the test -----------------------------------------------------------------------------------

Leak = Callable[[int, Response], None]
"""`leak(entries, response)`: how many entries Bo keeps to himself gets into an answer of Ana's."""


def leaks_a_total(entries: int, response: Response) -> None:
    response.headers["X-Total"] = str(entries)


def leaks_by_length(entries: int, response: Response) -> None:
    if response.is_json:
        response.set_data(response.get_data() + b" " * entries)


def leaks_by_etag(entries: int, response: Response) -> None:
    if "/me/journal" in request.path:
        response.headers["ETag"] = f'"{entries}"'


def leaks_at_a_door(entries: int, response: Response) -> None:
    if response.status_code == 404 and entries:
        response.status_code = 403


@contextmanager
def planted(world: World, leak: Leak) -> Iterator[None]:
    """Bo's every write is counted where no wall is, and the count gets into the answers."""
    app = world.sides["integration"].app
    entries = 0

    def tell_on_him(response: Any) -> Any:
        nonlocal entries
        entries += request.method == "POST" and b"nobody else" in request.get_data()
        if request.method == "GET":
            leak(entries, response)
        return response

    hooks = app.after_request_funcs.setdefault(None, [])
    hooks.append(tell_on_him)
    try:
        yield
    finally:
        hooks.remove(tell_on_him)


@pytest.mark.parametrize("leak", [leaks_a_total, leaks_by_length, leaks_by_etag, leaks_at_a_door])
def test_a_leak_that_was_planted_is_found(world: World, leak: Leak) -> None:
    story: list[Step] = [(acts.ana_writes, 1), (acts.bo_writes, 2), (acts.bo_writes, 7)]
    with planted(world, leak):
        assert compare(world, story)
