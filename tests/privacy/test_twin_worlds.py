"""P1: two worlds that differ only in what Bo keeps to himself are the same to Ana, to the byte."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.gateway.pages import own_copy
from services.gateway.pages.parts import Ask, Part, gather
from tests.notify.mailserver import MailServer
from tests.privacy import acts, calendar_acts
from tests.privacy.home import Home, make_home
from tests.privacy.leaking import LEAKS, planted
from tests.privacy.observing import Observed, differences, observe
from tests.scale import SCALE, Count, told
from tests.world.world import World

pytestmark = [pytest.mark.P1, pytest.mark.timeout(300 + 150_000 * SCALE)]  # of a trace it takes some seconds
TRACES = max(4, round(10_000 * SCALE))  # each in two worlds

Step = tuple[acts.Act, int]
IN_BOTH = (*acts.OPEN, *calendar_acts.OPEN, *calendar_acts.EITHER)
IN_ONE = (*acts.SECRET, *calendar_acts.SECRET)
BEGINNING: list[Step] = [(acts.a_medicine_session_ends, 0), (acts.days_pass, 0)]
_numbers = st.integers(0, 119)
_open = st.tuples(st.sampled_from(IN_BOTH), _numbers)
_secret = st.tuples(st.sampled_from(IN_ONE), _numbers)
_story = st.lists(st.one_of(_open, _secret, _secret), min_size=4, max_size=14).filter(
    lambda steps: any(act in IN_ONE for act, _ in steps)
)


def tell(home: Home, story: list[Step], *, with_secrets: bool) -> Home:
    """Play the story from the same beginning; without secrets Bo keeps nothing to himself."""
    home.keeps_secrets = with_secrets
    for act, number in [*BEGINNING, *story]:
        home.go_on()  # so that it does not depend on the machine's speed what is told when
        if with_secrets or act in IN_BOTH:
            act(home, number)
    return home.settled()


def compare(world: World, mail: MailServer, story: list[Step]) -> list[str]:
    """Where Ana of the world with secrets sees anything else than Ana of the world without."""
    quiet = observe(tell(make_home(world, mail), story, with_secrets=False))
    full = observe(tell(make_home(world, mail), story, with_secrets=True))
    return differences(quiet, full)


def explore(world: World, mail: MailServer, traces: int, count: Count) -> None:
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
        found = compare(world, mail, story)
        assert not found, "\n".join([repr([(act.__name__, n) for act, n in story]), *found])

    every_story()


def test_twins_that_differ_in_bos_secrets_are_the_same_to_ana(world: World, mail: MailServer) -> None:
    with told("twin_worlds") as count:
        explore(world, mail, TRACES, count)


@pytest.mark.D2
def test_what_bo_took_back_before_it_went_out_shows_nowhere(world: World, mail: MailServer) -> None:
    entry, intention = (
        acts.bo_shares_with_ana_and_takes_back_at_once,
        acts.bo_shares_an_intention_and_takes_it_back_at_once,
    )
    story: list[Step] = [(entry, 1), (intention, 1), (acts.days_pass, 1), (acts.ana_shares, 1), (entry, 2)]
    assert compare(world, mail, story) == []


CONFIRMED: list[Step] = [
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
STORY: list[Step] = [
    *CONFIRMED, (acts.bo_writes, 3), (acts.ana_shares, 1), (acts.bo_answers, 3), (acts.days_pass, 2),
]  # fmt: skip


@pytest.fixture(scope="module")
def before(world: World, mail: MailServer) -> Observed:
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
    story: list[Step] = [
        (acts.bo_writes, 2), (acts.bo_writes, 7), (calendar_acts.bo_is_booked_alone, 2),
        (calendar_acts.a_joint_appointment, 1),
    ]  # fmt: skip
    with planted(world):
        found = compare(world, mail, story)
    assert {line.split("\n")[0] for line in found} == {leak.place for leak in LEAKS}


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
