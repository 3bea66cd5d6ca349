"""Prepare: questions one a page, answers that stay one's own, and one of them shared as it was previewed."""

import pytest

from tests.gateway.pages.words.conftest import Pair
from tests.gateway.pages.words.reader import as_shared

ONE, TWO, ANSWERS = "/prepare/intention/1", "/prepare/intention/2", "/prepare/intention"


def test_a_question_is_answered_and_the_next_one_follows(pair: Pair) -> None:
    answer = pair.ana.send(ONE, {"text": "To be quiet\r\nnext to each other"})
    assert (answer.status_code, answer.headers["Location"]) == (303, TWO)
    assert "To be quiet\nnext to each other" in pair.ana.text(ANSWERS)
    assert "1 of 4 answered" in pair.ana.text("/prepare")
    last = pair.ana.send("/prepare/intention/4", {"text": "A worry"})
    assert last.headers["Location"] == ANSWERS
    assert "A worry" in pair.ana.text("/prepare/intention/4")


def test_one_can_stop_with_the_words_kept_or_skip_with_nothing_kept(pair: Pair) -> None:
    assert f'href="{TWO}"' in pair.ana.text(ONE)
    stopped = pair.ana.send(ONE, {"text": "half a thought", "stop": "1"})
    assert stopped.headers["Location"] == "/prepare"
    assert "half a thought" in pair.ana.text(ONE)
    assert pair.ana.send(TWO, {"text": " "}).headers["Location"] == "/prepare/intention/3"
    kept = pair.home.ana("intake").get("/me/intention").json["parts"]
    assert [one["part"] for one in kept] == ["hope"], "nothing written is nothing kept"


def test_from_the_answers_one_comes_back_to_them(pair: Pair) -> None:
    page = pair.ana.text(f"{ONE}?back=answers")
    answer = pair.ana.post(ONE, {**pair.ana.hidden(page, ONE), "text": "words"})
    assert answer.headers["Location"] == ANSWERS


def test_words_can_be_emptied_again(pair: Pair) -> None:
    pair.ana.send(ONE, {"text": "too much"})
    pair.ana.send(ONE, {"text": ""})
    assert "too much" not in pair.ana.text(ANSWERS)


def test_what_is_wrong_stands_beside_the_field_and_the_words_stay(pair: Pair) -> None:
    long = "x" * 10_001
    answer = pair.ana.send(ONE, {"text": long})
    assert answer.status_code == 422
    assert 'id="f-text-error"' in answer.text
    assert long in answer.text
    hostile = "</textarea><script>alert(1)</script>"
    assert "<script>alert" not in pair.ana.send(ONE, {"text": hostile * 300}).text
    pair.ana.send(ONE, {"text": hostile})
    assert "<script>alert" not in pair.ana.get(ANSWERS).text


def test_a_form_sent_twice_counts_once(pair: Pair) -> None:
    fields = {**pair.ana.hidden(pair.ana.text(ONE), ONE), "text": "once"}
    for _ in range(2):
        assert pair.ana.post(ONE, fields).status_code == 303
    (kept,) = pair.home.ana("intake").get("/me/intention").json["parts"]
    assert (kept["text"], kept["version"]) == ("once", 1)


def test_two_windows_never_overwrite_each_other_unseen(pair: Pair) -> None:
    fields = pair.ana.hidden(pair.ana.text(ONE), ONE)
    pair.ana.send(ONE, {"text": "from the other window"})
    answer = pair.ana.post(ONE, {**fields, "text": "from this one"})
    assert answer.status_code == 422
    assert "from the other window" in answer.text
    assert "from this one" in answer.text
    again = {**fields, **pair.ana.hidden(answer.text, ONE), "text": "from this one"}
    assert pair.ana.post(ONE, again).status_code == 303
    assert "from this one" in pair.ana.text(ONE)


@pytest.mark.parametrize("down", [("intake",), ("intake", "sessions", "integration", "notify")])
def test_words_stay_when_they_could_not_be_sent(pair: Pair, down: tuple[str, ...]) -> None:
    fields = {**pair.ana.hidden(pair.ana.text(ONE), ONE), "text": "a long answer"}
    reader = pair.without(*down)
    reader.client.set_cookie(
        "__Host-attune-form", pair.ana.client.get_cookie("__Host-attune-form", domain="localhost").value,
        domain="localhost", secure=True,
    )  # fmt: skip
    answer = reader.post(ONE, fields)
    assert answer.status_code == 422
    assert "a long answer" in answer.text
    assert "can’t be shown right now" in reader.text("/prepare")


@pytest.mark.P2
@pytest.mark.parametrize(
    "path", ["/prepare/intention/0", "/prepare/intention/5", "/prepare/intention/1/share"]
)
def test_what_is_not_there_is_not_found(pair: Pair, path: str) -> None:
    assert pair.ana.get(path).status_code == 404


@pytest.mark.P1
def test_the_other_sees_exactly_what_was_previewed_once_it_is_shared(pair: Pair) -> None:
    pair.ana.send(ONE, {"text": "To be quiet\nnext to each other"})
    before = pair.bo.text("/prepare/shared")
    assert as_shared(before) == []
    previewed = as_shared(pair.ana.text(f"{ONE}/share"))
    assert pair.bo.text("/prepare/shared") == before or "quiet" not in pair.bo.text("/prepare/shared")

    answer = pair.ana.send(f"{ONE}/share", {"audience": "both"})

    assert answer.headers["Location"] == ANSWERS
    assert as_shared(pair.bo.text("/prepare/shared")) == previewed
    assert len(previewed) == 1
    assert "You, Bo and your care team" in pair.ana.text(ANSWERS)


@pytest.mark.P1
def test_changed_words_are_shared_only_when_they_are_shared_again(pair: Pair) -> None:
    pair.ana.send(ONE, {"text": "first words"})
    pair.ana.send(f"{ONE}/share", {"audience": "both"})
    pair.ana.send(ONE, {"text": "later words"})
    assert "first words" in pair.ana.text(f"{ONE}/share"), "the writer is told what is seen"
    assert "first words" in pair.bo.text("/prepare/shared")
    assert "later words" not in pair.bo.text("/prepare/shared")
    pair.ana.send(f"{ONE}/share", {"audience": "both"})
    assert "later words" in pair.bo.text("/prepare/shared")


@pytest.mark.P1
def test_nothing_is_shared_unseen_or_without_a_choice(pair: Pair) -> None:
    pair.ana.send(ONE, {"text": "mild"})
    fields = pair.ana.hidden(pair.ana.text(f"{ONE}/share"), f"{ONE}/share")
    for chosen in ({}, {"audience": "everybody"}):
        answer = pair.ana.post(f"{ONE}/share", {**fields, **chosen})
        assert answer.status_code == 422
        assert "Choose who may see it" in answer.text
    pair.ana.send(ONE, {"text": "raw"})
    stale = pair.ana.post(f"{ONE}/share", {**fields, "audience": "both"})
    assert stale.status_code == 422
    assert "raw" in stale.text
    assert as_shared(pair.bo.text("/prepare/shared")) == []


@pytest.mark.P1
def test_taken_back_it_leaves_no_trace(pair: Pair) -> None:
    pair.ana.send(ONE, {"text": "words"})
    before = as_shared(pair.bo.text("/prepare/shared"))
    pair.ana.send(f"{ONE}/share", {"audience": "both"})
    pair.ana.send(f"{ONE}/share", {"audience": "practitioner"})
    assert as_shared(pair.bo.text("/prepare/shared")) == before == []
    assert "You, Bo" not in pair.ana.text(ANSWERS)


def test_who_has_no_partner_is_offered_none(pair: Pair) -> None:
    page = pair.without("intake").text("/prepare")
    assert "From your partner" in page
