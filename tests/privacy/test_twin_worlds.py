"""P1: two worlds that differ only in what Bo keeps to himself are the same to Ana, to the byte."""

import zlib
from collections.abc import Callable, Iterator
from itertools import zip_longest

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.gateway.pages import own_copy
from services.gateway.pages.parts import Ask, Part, gather
from tests.notify.mailserver import MailServer
from tests.privacy import acts, calendar_acts
from tests.privacy.drawing import (
    CHAPTERS,
    FAMILIES,
    IN_BOTH,
    SHARES,
    SIBLINGS,
    Family,
    Life,
    Story,
    one_family,
)
from tests.privacy.home import Home, go_on, make_home, make_homes, settle
from tests.privacy.leaking import LEAKS, planted
from tests.privacy.observing import Observed, differences, observe
from tests.scale import SCALE, Count, so_far, told
from tests.world.world import World

pytestmark = [pytest.mark.P1, pytest.mark.timeout(300 + 150_000 * SCALE)]  # of a trace it takes some seconds
NAME = "twin_worlds"
TRACES = max(4, round(10_000 * SCALE))
"""Chapters of lives with secrets, each lived and looked at beside a twin without any.

In a soak, six such lives share one twin without secrets: in all of them the same is open, and at the same points of the
story there is a secret, each one's own. The same third of all places is looked at, as drawn.
"""
BEGINNING: Story = [(acts.a_medicine_session_ends, 0), (acts.days_pass, 0)]


@pytest.fixture(scope="module", autouse=True)
def standing_clock(world: World) -> Iterator[None]:
    """Twins come to the same moments however long one of them takes."""
    with world.clock.standing():
        yield


def tell(home: Home, story: Story, *, with_secrets: bool) -> Home:
    """Play the story from the beginning that all have; without secrets Bo keeps nothing to himself."""
    home.keeps_secrets = with_secrets
    tell_all([home], [[*BEGINNING, *story]])
    return home


def tell_all(homes: list[Home], stories: list[Story]) -> None:
    """Play one story in each home, step by step: the movement of events costs more than what they move."""
    world, mail = homes[0].world, homes[0].mail
    for steps in zip_longest(*stories):
        go_on(world, mail)  # so that it does not depend on the machine's speed what is told when
        with world.at_once():
            for home, step in zip(homes, steps, strict=True):
                if step is not None and (home.keeps_secrets or step[0] in IN_BOTH):
                    step[0](home, step[1])
    settle(homes)


def compare(world: World, mail: MailServer, story: Story) -> list[str]:
    """Where Ana of the world with secrets sees anything else than Ana of the world without."""
    quiet = observe(tell(make_home(world, mail), story, with_secrets=False))
    full = observe(tell(make_home(world, mail), story, with_secrets=True))
    return differences(quiet, full)


def compare_lives(world: World, mail: MailServer, families: list[Family]) -> Iterator[tuple[Life, list[str]]]:
    """The same of several lives, after each of their chapters; with what was told until then."""
    homes = iter(make_homes(world, mail, sum(1 + len(family) for family in families)))
    quiet = [next(homes) for _ in families]
    full = [[next(homes) for _ in family] for family in families]
    for home in (one for siblings in full for one in siblings):
        home.keeps_secrets = True
    lived = [(home, family[0]) for home, family in zip(quiet, families, strict=True)]
    for siblings, family in zip(full, families, strict=True):
        lived += zip(siblings, family, strict=True)
    (chapters,) = {len(life) for _, life in lived}
    for number in range(chapters):
        begun = BEGINNING if number == 0 else []
        tell_all([home for home, _ in lived], [[*begun, *life[number][0]] for _, life in lived])
        for one, siblings, family in zip(quiet, full, families, strict=True):
            (share,) = {life[number][1] for life in family}
            wanted = some_places(share)
            seen = observe(one, wanted)
            for other, life in zip(siblings, family, strict=True):
                yield life[: number + 1], differences(seen, observe(other, wanted))


def some_places(number: int) -> Callable[[str], bool]:
    """One of `SHARES` parts of all places: looking costs most, and other stories show more than other looks."""
    return lambda place: (zlib.crc32(place.encode()) + number) % SHARES == 0


def explore(world: World, mail: MailServer, traces: int, count: Count, leaks: list[str]) -> None:
    """Adds what is found to `leaks`, with all that was told in that life; the rest is tried all the same."""

    @settings(
        max_examples=-(-traces // (FAMILIES * SIBLINGS * CHAPTERS)),
        derandomize=SCALE == 0,
        database=None,
        deadline=None,
        phases=(Phase.generate,),  # what is found is one of several lives: see to it alone, with `compare`
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(one_family, min_size=FAMILIES, max_size=FAMILIES))
    def every_life(families: list[Family]) -> None:
        for life, found in compare_lives(world, mail, families):
            count.tried += 1
            if found:
                count.violations += 1
                chapters = [[(act.__name__, n) for act, n in steps] for steps, _ in life]
                leaks.append("\n".join([repr(chapters), *found]))
                so_far(leaks[-1])
        so_far(f"{NAME}: {count.tried} tried, {count.violations} violations")

    every_life()


def test_twins_that_differ_in_bos_secrets_are_the_same_to_ana(world: World, mail: MailServer) -> None:
    leaks: list[str] = []
    with told(NAME) as count:
        try:
            explore(world, mail, TRACES, count, leaks)
        finally:  # also of a run that broke off
            assert not leaks, "\n\n".join(leaks[:5])


@pytest.mark.D2
def test_what_bo_took_back_before_it_went_out_shows_nowhere(world: World, mail: MailServer) -> None:
    entry, intention = (
        acts.bo_shares_with_ana_and_takes_back_at_once,
        acts.bo_shares_an_intention_and_takes_it_back_at_once,
    )
    story: Story = [(entry, 1), (intention, 1), (acts.days_pass, 1), (acts.ana_shares, 1), (entry, 2)]
    assert compare(world, mail, story) == []


CONFIRMED: Story = [
    (calendar_acts.a_medicine_session_is_planned, 0),
    (calendar_acts.bo_wavers, 0),
    (calendar_acts.everything_is_arranged, 0),
    (acts.days_pass, 0),
    (calendar_acts.a_joint_appointment, 7),
    (calendar_acts.bo_is_booked_alone, 9),
]


def test_a_hold_for_a_reason_of_bos_is_the_same_as_any_other(world: World, mail: MailServer) -> None:
    """Rule C2 with everything that Ana can observe, mail and calendar files too; also a day later, when it is freed."""
    story = [*CONFIRMED, (calendar_acts.the_session_is_held, 0), (acts.days_pass, 1)]
    assert compare(world, mail, story) == []


# ---- released facts: each is one function's, and changes its own places ---------------------------------------

COPY = {"copy page", "copy data"}
NOTICE = {
    *COPY, "copied notices", "page /today", "page /notices", "notify/me/inbox", "what was sent to her", "mail",
}  # fmt: skip
APPOINTMENT = {
    *COPY, "copied sessions", "sessions/me/sessions", "page /sessions", "page of session", "calendar file", "consent",
}  # fmt: skip
HERS = {
    *COPY,
    "copied intention",
    "intake/me/intention",
    "intake/me/intention/shared",
    "page /prepare",
    "page /prepare/intention",
    "page /more/privacy",
}
"""Where her own part of it shows."""
RELEASES: list[tuple[acts.Act, set[str]]] = [
    (acts.bo_shares_with_ana, {"integration/me/shared-with-me", "page /journal/shared", *NOTICE}),
    (
        acts.both_share_an_intention,
        {*HERS, "intake/me/intention/from-partner", "page /prepare/shared", *NOTICE},
    ),
    (calendar_acts.a_joint_appointment, {*APPOINTMENT, *NOTICE}),
    (calendar_acts.the_session_is_held, {*APPOINTMENT, *NOTICE}),
]
STORY: Story = [
    *CONFIRMED, (acts.bo_writes, 3), (acts.ana_shares, 1), (acts.bo_answers, 3), (acts.days_pass, 2),
]  # fmt: skip


@pytest.fixture(scope="module")
def before(world: World, mail: MailServer, standing_clock: None) -> Observed:
    """What Ana sees of a story in which nothing more was released."""
    return observe(tell(make_home(world, mail), STORY, with_secrets=True))


@pytest.mark.parametrize(("release", "places"), RELEASES)
def test_a_released_fact_changes_its_own_place_and_nothing_else(
    world: World, mail: MailServer, before: Observed, release: acts.Act, places: set[str]
) -> None:
    home = tell(make_home(world, mail), STORY, with_secrets=True)
    release(home, 1)

    changed = {_kind(line.split("\n")[0]) for line in differences(before, observe(home.settled()))}

    assert changed & places - NOTICE
    assert changed <= places


def _kind(place: str) -> str:
    """Of what there is for each session, that there is one: their numbers move with the list."""
    of_each = ("calendar file", "consent", "page of session")
    of_list = next((one for one in of_each if place.startswith(one)), None)
    return of_list or place.split("?")[0]


# ---- the test of the test -----------------------------------------------------------------------------------


def test_leaks_that_were_planted_are_found(world: World, mail: MailServer) -> None:
    """All of them at once, each where it was planted and nowhere else."""
    story: Story = [
        (acts.bo_writes, 2), (acts.bo_writes, 7), (calendar_acts.bo_is_booked_alone, 2),
        (calendar_acts.a_joint_appointment, 1),
    ]  # fmt: skip
    with planted(world):
        found = compare(world, mail, story)
    assert {line.split("\n")[0] for line in found} == {leak.place for leak in LEAKS}


def bo_lets_something_out(home: Home, n: int) -> None:
    """An open act in one world alone."""
    acts.bo_shares_with_ana(home, n)


def test_of_several_lives_the_one_that_leaks_is_named_from_then_on(world: World, mail: MailServer) -> None:
    quiet: Story = [(acts.bo_writes, 1)]
    open_too: Story = [(acts.ana_writes, 1)]
    leaky: Story = [(bo_lets_something_out, 1)]
    families: list[Family] = [
        [[(quiet, 0), (quiet, 0)], [(quiet, 0), (leaky, 0)]],
        [[(open_too, 0), (quiet, 0)]],
    ]
    found = [
        (len(life), life[-1][0] is leaky, bool(places))
        for life, places in compare_lives(world, mail, families)
    ]
    expected = [(1, False, False)] * 3 + [(2, False, False), (2, True, True), (2, False, False)]
    assert found == expected


def test_the_others_shared_words_in_a_copy_are_found(
    world: World, mail: MailServer, before: Observed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are hers to read, and not hers to take along."""
    home = tell(make_home(world, mail), STORY, with_secrets=True)
    acts.bo_shares_with_ana(home, 1)
    home.settled()
    in_json, in_html = "Bo's, for Ana 1", "Bo&#39;s, for Ana 1"

    def copies() -> tuple[str, str]:
        changed = {line.split("\n")[0]: line for line in differences(before, observe(home))}
        return changed["copy data"], changed["copy page"]

    data, page = copies()
    assert (in_json in data, in_html in page) == (False, False)

    monkeypatch.setattr(own_copy, "gather", with_the_others_entries)
    data, page = copies()
    assert (in_json in data, in_html in page) == (True, True)


def with_the_others_entries(**asked: Ask) -> dict[str, Part]:
    """As if a service took what was shared with somebody for their own."""
    found = gather(**asked, theirs=Ask("integration", "me/shared-with-me", is_whole=True))
    theirs = [
        {**one, "entry_id": one["shared_id"], "written_at": one["shared_at"], "audience": "partner"}
        for one in found.pop("theirs").items
    ]
    for name in ("journal", "shared_journal"):
        found[name] = Part({"items": [*found[name].items, *theirs]})
    return found
