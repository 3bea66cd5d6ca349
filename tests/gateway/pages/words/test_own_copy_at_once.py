"""Copies at the same time: one of each person, some in a process, and no answer shows that another makes one."""

import threading
import time
from contextlib import ExitStack
from typing import Any

import pytest

from services.gateway.limits import ALLOWANCES
from services.gateway.pages import own_copy, parts
from services.gateway.pages.own_copy import AT_ONCE
from services.gateway.problems import TooMuchForOneFile
from shared.errors import TooManyRequests
from tests.gateway.pages.words.conftest import Pair
from tests.gateway.pages.words.copying import made

FEW = ALLOWANCES["own_copy"].burst


@pytest.mark.P1
def test_one_at_a_time_of_each_person_and_the_other_does_not_see_it(pair: Pair) -> None:
    home = pair.home
    with AT_ONCE.one_of((home.practice, home.bo_id)):
        refused = made(pair.bo)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
        assert made(pair.ana).status_code == 200
    assert made(pair.bo).status_code == 200


@pytest.mark.P1
def test_two_people_cannot_take_all_turns(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AT_ONCE, "wait_s", 0.0)
    with AT_ONCE.one_of("somebody"), AT_ONCE.one_of("somebody else"):
        assert made(pair.ana).status_code == 200


def test_whoever_finds_all_turns_taken_waits_for_one(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as taken:
        for number in range(3):
            taken.enter_context(AT_ONCE.one_of(number))
        with monkeypatch.context() as patched:
            patched.setattr(AT_ONCE, "wait_s", 0.2)
            assert made(pair.ana).status_code == 429
        soon = threading.Timer(0.5, taken.close)
        soon.start()
        began = time.monotonic()
        assert made(pair.ana).status_code == 200
        assert time.monotonic() - began >= 0.4
        soon.join()


def test_those_who_wait_are_few() -> None:
    """Each holds a thread of the process, and pages need some."""
    with ExitStack() as taken:
        for number in range(3):
            taken.enter_context(AT_ONCE.one_of(number))
        waiting = [threading.Thread(target=_wait_for_a_turn, args=(name,)) for name in ("first", "second")]
        for one in waiting:
            one.start()
        time.sleep(0.2)
        began = time.monotonic()
        with pytest.raises(TooManyRequests), AT_ONCE.one_of("third"):
            pass
        assert time.monotonic() - began < 1
        taken.close()
        for one in waiting:
            one.join(5)
        assert not any(one.is_alive() for one in waiting)


def _wait_for_a_turn(name: str) -> None:
    with AT_ONCE.one_of(name):
        pass


def test_a_turn_lasts_until_the_file_is_there(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    whose, to_read = (pair.home.practice, pair.home.ana_id), own_copy._to_read

    def while_it_is_made(*found: Any, **known: Any) -> str:
        with pytest.raises(TooManyRequests), AT_ONCE.one_of(whose):
            pass
        return to_read(*found, **known)

    monkeypatch.setattr(own_copy, "_to_read", while_it_is_made)
    assert made(pair.ana).status_code == 200
    with AT_ONCE.one_of(whose):
        pass


def test_nothing_goes_on_behind_an_answer_that_says_no(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    honest = parts._ask

    def slow(services: Any, actor: Any, words: str, asked: Any) -> Any:
        if asked == own_copy.OWN["intention"]:
            raise TooMuchForOneFile
        if asked in own_copy.OWN.values():
            time.sleep(0.5)
            done.append(asked.path)
        return honest(services, actor, words, asked)

    monkeypatch.setattr(parts, "_ask", slow)
    answer = made(pair.ana)
    assert answer.status_code == 409
    centre = "me/intention/shared"  # the only one of these that the page with the button asks for too
    expected = sorted([ask.path for ask in own_copy.OWN.values()] + [centre])
    assert sorted([*done, "me/intention"]) == expected


def test_somebody_who_taps_again_and_again_has_to_wait(pair: Pair) -> None:
    answers = [made(pair.ana) for _ in range(FEW + 1)]
    assert [one.status_code for one in answers] == [200] * FEW + [429]
    assert answers[-1].headers["Retry-After"] == "5"
    assert made(pair.bo).status_code == 200, "it is counted for each"


def test_what_came_to_nothing_is_not_counted(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    down = pair.without("notify")
    whose = (pair.home.practice, pair.home.ana_id)
    with AT_ONCE.one_of(whose):
        assert {made(down).status_code for _ in range(FEW + 1)} == {429}
    assert {made(down).status_code for _ in range(FEW + 1)} == {503}
    limits = down.client.application.extensions["gateway_limits"]
    assert limits.spend("own_copy", *whose).remaining == FEW - 1
