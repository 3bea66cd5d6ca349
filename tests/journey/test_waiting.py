"""Waiting ends as soon as it may, and says what it waited for when it may not."""

import pytest

from deploy.local.journey.client import Client
from deploy.local.journey.faults import Off
from deploy.local.journey.progress import PlainProgress
from deploy.local.journey.story import Story
from deploy.local.journey.waiting import make_when_known, until
from tests.journey.flaky import flaky_server


def test_what_holds_is_returned() -> None:
    seen = iter([0, 1, 2])
    assert until("two", lambda: next(seen), lambda number: number == 2) == 2


def test_a_deadline_names_what_was_awaited_and_what_was_seen() -> None:
    with pytest.raises(Off, match=r"expected a second partner within 0\.1 s, saw \['one'\]"):
        until("a second partner", lambda: ["one"], lambda people: len(people) == 2, patience_s=0.1)


def test_what_another_service_does_not_know_yet_is_asked_again_with_the_same_key() -> None:
    with flaky_server(
        (404, {"code": "not_found"}), (404, {"code": "not_found"}), (201, {"id": "a"})
    ) as server:
        assert make_when_known(Client(server.url), "/things", {}) == {"id": "a"}
    assert len({asked.headers["Idempotency-Key"] for asked in server.asked}) == 1
    assert len(server.asked) == 3


def test_what_stays_unknown_is_off() -> None:
    with (
        flaky_server((404, {"code": "not_found"})) as server,
        pytest.raises(Off, match="POST /things to be taken"),
    ):
        make_when_known(Client(server.url), "/things", {}, patience_s=0.1)


def test_a_rule_that_says_no_is_waited_for_only_when_named() -> None:
    with flaky_server((409, {"code": "facts_not_fresh"}), (201, {"id": "a"})) as server:
        assert make_when_known(Client(server.url), "/start", {}, but=frozenset({"facts_not_fresh"}))
    with flaky_server((409, {"code": "slot_taken"})) as server, pytest.raises(Off, match="slot_taken"):
        make_when_known(Client(server.url), "/start", {}, but=frozenset({"facts_not_fresh"}))


def test_a_fault_carries_the_name_of_its_step() -> None:
    story = Story(PlainProgress())
    with pytest.raises(Off) as fault, story.step("the first"), story.step("the inner"):
        raise Off("one", "two")
    assert str(fault.value) == "step the inner: expected one, saw two"


def test_an_answer_of_another_shape_is_a_fault_of_its_step() -> None:
    story = Story(PlainProgress())
    with (
        pytest.raises(Off, match="step reading: expected answers of the agreed shape, saw KeyError: 'items'"),
        story.step("reading"),
    ):
        {}["items"]
    assert story.steps == 1
