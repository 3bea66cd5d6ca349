"""A part that lacks a field, or says what nobody here knows, is missing: a copy has no silent gap."""

import html
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.gateway.pages.words.conftest import Pair
from tests.gateway.pages.words.copying import Changing, asking_where, data, live, made, readable

Change = Callable[[Any], Any]


def without(field: str, within: str = "items") -> Change:
    """The first of a list has no such field."""

    def change(body: Any) -> Any:
        del body[within][0][field]
        return body

    return change


def saying(field: str, value: Any, within: str = "items") -> Change:
    """The first of a list says something else."""

    def change(body: Any) -> Any:
        body[within][0][field] = value
        return body

    return change


def without_zone(body: Any) -> Any:
    return {name: value for name, value in body.items() if name != "zone"}


def first_act(change: Change) -> Change:
    """The same of what was done to the first consent."""

    def deeper(body: Any) -> Any:
        change({"items": body["items"][0]["acts"]})
        return body

    return deeper


def first_answers(body: Any) -> Any:
    answered = next(one for one in body["items"] if one["answers"])
    del answered["answers"]["is_safe_at_home"]
    return body


WRONG: list[tuple[str, Change, str]] = [
    ("/me/intention", without("text", "parts"), "Your answers"),
    ("/me/intention", saying("part", "wish", "parts"), "Your answers"),
    ("/me/intention/shared", lambda body: {"items": body["parts"]}, "Your answers"),
    ("/me/journal", without("mood"), "Your entries"),
    ("/me/journal", saying("channel", "dreams"), "Your entries"),
    ("/me/journal", saying("audience", "everybody"), "Your entries"),
    ("/me/journal", saying("written_at", "today"), "Your entries"),
    ("/me/journal", saying("written_at", 5), "Your entries"),
    ("/me/shared-by-me", without("shared_at"), "Your entries"),
    ("/me/check-ins/all", without("answers"), "Check-ins"),
    ("/me/check-ins/all", first_answers, "Check-ins"),
    ("/me/check-ins/all", saying("state", "late"), "Check-ins"),
    ("/me/sessions", without("zone"), "Your sessions"),
    ("/me/sessions", saying("state", "postponed"), "Your sessions"),
    ("/me/sessions", lambda body: {"sessions": body["items"]}, "Your sessions"),
    ("/me/sessions", lambda body: {"items": {"0": body["items"][0]}}, "Your sessions"),
    ("/me/sessions", lambda body: {"items": []}, "Consents"),
    ("/me/consents", without("acts"), "Consents"),
    ("/me/consents", first_act(without("at")), "Consents"),
    ("/me/consents", first_act(saying("state", "lapsed")), "Consents"),
    ("/me/inbox", without("is_read"), "Notices"),
    ("/me/preferences", without_zone, "How we reach you"),
    ("/me/contacts", lambda body: ["no", "list"], "How we reach you"),
]


def test_what_is_not_of_its_shape_is_missing(pair: Pair) -> None:
    live(pair)
    changing = Changing(pair)
    found = []
    for number, (path, change, named) in enumerate(WRONG):
        kind = ("page", "data")[
            number % 2
        ]  # both are made of the same parts, each of which stands here twice
        answer = made(changing.at(path, change), kind)
        found.append((path, named, answer.status_code, named in html.unescape(answer.text)))
    assert [one for one in found if one[2:] != (503, True)] == []
    assert made(changing.at("/me/journal", lambda body: body)).status_code == 200, "or it fails anyway"


def test_what_a_service_shows_besides_is_not_in_it(pair: Pair) -> None:
    live(pair)
    changing = Changing(pair)
    for path, change in (
        ("/me/journal", saying("draft", "besides")),
        ("/me/consents", first_act(saying("seen_by", "besides"))),
        ("/me/consents", saying("reason", "besides")),
        ("/me/inbox", saying("about", "besides")),
    ):
        assert "besides" not in str(data(changing.at(path, change)))


@pytest.mark.parametrize(
    ("path", "nothing", "named"),
    [
        ("/me/shared-by-me", {"items": [], "next_cursor": None}, "Your entries"),
        ("/me/intention/shared", {"parts": []}, "Your answers"),
    ],
)
def test_two_looks_that_do_not_fit_together_are_had_once_more(
    pair: Pair, path: str, nothing: Any, named: str
) -> None:
    """Something was shared between the one and the other."""
    live(pair)
    asked = 0

    def too_early(times: int) -> Callable[[httpx.Request], httpx.Response | None]:
        def answer(request: httpx.Request) -> httpx.Response | None:
            nonlocal asked
            if not request.url.path.endswith(path):
                return None
            asked += 1
            return httpx.Response(200, json=nothing) if asked <= times else None

        return answer

    first = data(asking_where(pair, too_early(2)))  # the centre's look, and the copy's first
    assert asked == 3
    assert first == {**data(pair.ana), "made_at": first["made_at"]}
    asked = 0
    never = made(asking_where(pair, too_early(100)), "data")
    assert asked == 3
    assert (never.status_code, named in html.unescape(never.text)) == (503, True)


def test_check_ins_can_be_left_out_and_the_file_says_so(pair: Pair) -> None:
    live(pair)
    centre = pair.ana.text("/more/privacy")
    assert "also the one about being safe at home" in centre
    assert "Leave my check-ins out" in centre
    assert 'value="check_ins">' in centre, "nobody leaves them out unasked"
    assert "Slept well." in readable(pair.ana)
    page = readable(pair.ana, without="check_ins")
    assert "You left your check-ins out of this copy." in page
    assert "Slept well." not in page
    assert "Day 1" not in page
    kept, left = data(pair.ana), data(pair.ana, without="check_ins")
    assert left == {**kept, "check_ins": None, "made_at": left["made_at"]}
    asked: list[str] = []

    def listening(request: httpx.Request) -> None:
        asked.append(request.url.path)

    made(asking_where(pair, listening), without="check_ins")
    assert asked
    assert not any("check-ins" in path for path in asked)


def test_the_choice_stays_while_a_part_cannot_be_had(pair: Pair) -> None:
    """Who taps again must not get what they left out."""
    down = pair.without("notify")
    assert 'value="check_ins" checked>' in made(down, without="check_ins").text
    assert 'value="check_ins">' in made(down).text
