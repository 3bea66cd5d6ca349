"""The journal: five channels, any of them; an entry shared as it was previewed, and taken back."""

import re
from typing import Any

import pytest

from tests.gateway.pages.words.conftest import Pair
from tests.gateway.pages.words.reader import Reader, as_shared

NEW, SHARED = "/journal/new", "/journal/shared"
_ENTRY = re.compile(r'href="(/journal/[0-9a-f-]{36})"')


def write(who: Reader, text: str = "A house with every window open", channel: str = "images") -> str:
    """An entry's address."""
    answer = who.send(NEW, {channel: text})
    assert answer.status_code == 303, answer.text
    return _ENTRY.findall(who.text("/journal"))[0]


def share(who: Reader, entry: str, audience: str) -> Any:
    return who.send(f"{entry}/share", {"audience": audience})


def test_each_channel_with_words_is_kept_and_no_other(pair: Pair) -> None:
    answer = pair.ana.send(NEW, {"feelings": "Tender", "beliefs": "I can rest", "thoughts": "  "})
    assert answer.headers["Location"] == "/journal"
    kept = pair.home.ana("integration").get("/me/journal").json["items"]
    assert {(one["channel"], one["text"]) for one in kept} == {
        ("feelings", "Tender"),
        ("beliefs", "I can rest"),
    }
    page = pair.ana.text("/journal")
    assert page.count('class="chip"') == 2
    assert page.count("Only you") == 2


def test_nothing_written_says_so_beside_the_first_and_keeps_nothing(pair: Pair) -> None:
    answer = pair.ana.send(NEW, {})
    assert answer.status_code == 422
    assert 'id="f-feelings-error"' in answer.text
    assert pair.home.ana("integration").get("/me/journal").json["items"] == []


def test_what_can_t_be_kept_stays_in_the_form_and_the_rest_is_kept_once(pair: Pair) -> None:
    answer = pair.ana.send(NEW, {"feelings": "kept", "images": "y" * 20_001})
    assert answer.status_code == 422
    assert 'id="f-images-error"' in answer.text
    assert "y" * 20_001 in answer.text
    assert ">\nkept</textarea>" not in answer.text
    again = pair.ana.post(NEW, {**pair.ana.hidden(answer.text, NEW), "images": "shorter"})
    assert again.status_code == 303
    kept = pair.home.ana("integration").get("/me/journal").json["items"]
    assert sorted(one["text"] for one in kept) == ["kept", "shorter"]


def test_a_form_sent_twice_counts_once(pair: Pair) -> None:
    fields = {**pair.ana.hidden(pair.ana.text(NEW), NEW), "feelings": "once", "images": "too"}
    for _ in range(2):
        assert pair.ana.post(NEW, fields).status_code == 303
    assert len(pair.home.ana("integration").get("/me/journal").json["items"]) == 2


def test_words_stay_when_they_could_not_be_sent(pair: Pair) -> None:
    reader = pair.without("integration")
    answer = reader.send(NEW, {"sensations": "warm hands"})
    assert answer.status_code == 422
    assert "warm hands" in answer.text
    assert "can’t be shown right now" in reader.text("/journal")


def test_an_entry_is_changed_by_who_saw_it(pair: Pair) -> None:
    entry = write(pair.ana)
    change = f"{entry}/change"
    fields = pair.ana.hidden(pair.ana.text(change), change)
    changed = {**fields, "text": "A door", "channel": "beliefs"}
    for _ in range(2):  # sent twice
        assert pair.ana.post(change, changed).headers["Location"] == entry
    page = pair.ana.text(entry)
    assert "A door" in page
    assert "<h1>Beliefs</h1>" in page
    late = pair.ana.post(change, {**fields, "text": "late", "channel": "beliefs"})
    assert late.status_code == 422
    assert "A door" in late.text
    assert ">\nlate</textarea>" in late.text
    empty = pair.ana.send(change, {"text": "", "channel": "beliefs"})
    assert (empty.status_code, 'id="f-text-error"' in empty.text) == (422, True)


def test_a_mood_that_came_by_another_way_is_kept_and_shown(pair: Pair) -> None:
    made = pair.home.ana("integration").post(
        "/me/journal", {"channel": "feelings", "text": "calm", "mood": 0}
    )
    entry = f"/journal/{made.json['entry_id']}"
    pair.ana.send(f"{entry}/change", {"text": "calmer", "channel": "feelings"})
    assert "Mood: 0 out of 10" in pair.ana.text(entry)
    assert "Mood: 0 out of 10" in as_shared(pair.ana.text(f"{entry}/share"))[0]


@pytest.mark.P1
@pytest.mark.parametrize(
    ("audience", "chip", "is_seen"),
    [
        ("practitioner", "You and your care team", False),
        ("partner", "You and Bo", True),
        ("both", "You, Bo and your care team", True),
    ],
)
def test_who_was_chosen_sees_exactly_what_was_previewed(
    pair: Pair, audience: str, chip: str, is_seen: bool
) -> None:
    entry = write(pair.ana)
    previewed = as_shared(pair.ana.text(f"{entry}/share"))
    assert as_shared(pair.bo.text(SHARED)) == []
    assert share(pair.ana, entry, audience).headers["Location"] == entry
    assert chip in pair.ana.text(entry)
    assert as_shared(pair.bo.text(SHARED)) == (previewed if is_seen else [])
    of_ana = f"/couples/{pair.home.couple_id}/partners/{pair.home.ana_id}/journal"
    told = pair.home.therapist("integration").get(of_ana).json["items"]
    assert bool(told) == (audience != "partner")

    pair.ana.send(f"{entry}/unshare", on=entry)

    assert as_shared(pair.bo.text(SHARED)) == []
    assert "Only you" in pair.ana.text(entry)
    assert "Take back" not in pair.ana.text(entry)


@pytest.mark.P1
def test_only_me_takes_back_and_no_choice_shares_nothing(pair: Pair) -> None:
    entry = write(pair.ana)
    answer = pair.ana.send(f"{entry}/share", {"audience": ""})
    assert (answer.status_code, "Choose who may see it" in answer.text) == (422, True)
    share(pair.ana, entry, "partner")
    share(pair.ana, entry, "private")
    assert as_shared(pair.bo.text(SHARED)) == []


@pytest.mark.P1
def test_words_changed_since_the_preview_are_not_shared_unseen(pair: Pair) -> None:
    entry = write(pair.ana, "mild")
    fields = pair.ana.hidden(pair.ana.text(f"{entry}/share"), f"{entry}/share")
    pair.ana.send(f"{entry}/change", {"text": "raw", "channel": "images"})
    assert pair.ana.post(f"{entry}/share", {**fields, "audience": "partner"}).status_code == 422
    assert as_shared(pair.bo.text(SHARED)) == []


def test_the_writer_is_shown_what_others_still_see(pair: Pair) -> None:
    entry = write(pair.ana, "first words")
    share(pair.ana, entry, "both")
    assert "What others see now" not in pair.ana.text(entry)
    pair.ana.send(f"{entry}/change", {"text": "later words", "channel": "images"})
    assert "What others see now" in pair.ana.text(entry)
    assert "first words" in pair.ana.text(entry)


@pytest.mark.P1
@pytest.mark.P2
def test_an_entry_of_the_other_is_like_one_that_never_was(pair: Pair) -> None:
    entry, nowhere = write(pair.bo), "/journal/00000000-0000-4000-8000-000000000000"
    share(pair.bo, entry, "both")
    for end in ("", "/change", "/share"):
        theirs, nothing = pair.ana.get(entry + end), pair.ana.get(nowhere + end)
        assert theirs.status_code == 404
        assert theirs.data == nothing.data
    fields = pair.ana.hidden(pair.ana.text(NEW), NEW)
    for end in ("/change", "/share", "/unshare"):
        for where in (entry, nowhere):
            sent = {**fields, "text": "mine", "channel": "images", "audience": "both"}
            assert pair.ana.post(where + end, sent).status_code == 404
    assert "every window open" in pair.bo.text(entry)


def test_a_long_journal_is_turned_page_by_page_without_a_count(pair: Pair) -> None:
    ana = pair.home.ana("integration")
    for number in range(21):
        ana.post("/me/journal", {"channel": "thoughts", "text": f"thought-{number}.", "mood": None})
    page = pair.ana.text("/journal")
    assert "thought-20." in page
    assert "thought-0." not in page
    (more,) = re.findall(r'href="(/journal\?cursor=[^"]+)"', page)
    assert "thought-0." in pair.ana.text(more)
    assert "21" not in page.split("<main")[1].split("thought-")[0]
    assert "can’t be shown right now" in pair.ana.text("/journal?cursor=made-up%26limit%3D1")
