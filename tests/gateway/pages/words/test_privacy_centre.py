"""The sharing and privacy centre: all that is shared, with whom, and taking each back."""

import re

import pytest

from tests.gateway.pages.words.conftest import Pair
from tests.gateway.pages.words.reader import as_shared
from tests.gateway.pages.words.test_journal import SHARED, share, write

CENTRE, ONE = "/more/privacy", "/prepare/intention/1"
_TOKEN = re.compile(r'(?<=name="csrf_token" value=")[^"]+')
"""New on every page."""


@pytest.mark.P1
def test_everything_shared_is_there_and_can_be_taken_back(pair: Pair) -> None:
    assert "You share nothing right now" in pair.ana.text(CENTRE)
    pair.ana.send(ONE, {"text": "an answer"})
    pair.ana.send(f"{ONE}/share", {"audience": "both"})
    write(pair.ana, "kept alone")
    entry = write(pair.ana, "an entry")
    share(pair.ana, entry, "partner")
    pair.ana.send(f"{entry}/change", {"text": "newer words", "channel": "images"})

    page = pair.ana.text(CENTRE)

    assert "an answer" in page
    assert "an entry" in page, "as it is seen, not as it reads now"
    assert "newer words" not in page
    assert "kept alone" not in page
    for address, shown_at in ((f"{ONE}/unshare", "/prepare/shared"), (f"{entry}/unshare", SHARED)):
        assert len(as_shared(pair.bo.text(shown_at))) == 1
        answer = pair.ana.send(address, on=CENTRE)
        assert answer.headers["Location"] == CENTRE
        assert as_shared(pair.bo.text(shown_at)) == []
    assert "You share nothing right now" in pair.ana.text(CENTRE)


@pytest.mark.P1
def test_it_shows_nothing_of_what_the_other_shares_or_keeps(pair: Pair) -> None:
    def shown() -> str:
        return _TOKEN.sub("", pair.ana.text(CENTRE).split("<main")[1])

    before = shown()
    for audience in ("private", "practitioner", "both"):
        share(pair.bo, write(pair.bo), audience)
    pair.bo.send(ONE, {"text": "Bo’s answer"})
    pair.bo.send(f"{ONE}/share", {"audience": "both"})
    assert shown() == before


@pytest.mark.parametrize(
    ("policy", "words"), [("discretion", "works with discretion"), ("no_secrets", "works without secrets")]
)
def test_the_policy_is_said_in_plain_words(pair: Pair, policy: str, words: str) -> None:
    if policy != "discretion":
        path = f"/couples/{pair.home.couple_id}/confidentiality-policy"
        changed = pair.home.therapist("intake").put(path, {"policy": policy}, etag='"1"')
        assert changed.status_code == 200, changed.text
    for reader in (pair.ana, pair.bo):
        page = reader.text(CENTRE)
        assert words in page
        assert "violence" in page


def test_a_way_back_to_elsewhere_is_not_taken(pair: Pair) -> None:
    entry = write(pair.ana)
    share(pair.ana, entry, "partner")
    answer = pair.ana.send(f"{entry}/unshare", {"next": "https://elsewhere.example/"}, on=CENTRE)
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(("down", "left"), [("intake", "an entry"), ("integration", "an answer")])
def test_a_service_that_is_down_leaves_the_rest(pair: Pair, down: str, left: str) -> None:
    pair.ana.send(ONE, {"text": "an answer"})
    pair.ana.send(f"{ONE}/share", {"audience": "both"})
    share(pair.ana, write(pair.ana, "an entry"), "both")
    page = pair.without(down).text(CENTRE)
    assert left in page
    assert "can’t be shown right now" in page
    assert "You share nothing right now" not in page
