"""The day itself: few words, no bar, no clock; stopping is one tap and counts at once."""

import re

import pytest

from tests.gateway.pages.care import Care
from tests.gateway.pages.test_consent import state_of


def words_of(page: str) -> list[str]:
    main = re.search(r"<main.*</main>", page, re.DOTALL)
    assert main
    return re.sub(r"<[^>]+>", " ", main[0]).split()


def test_the_page_is_quiet(care: Care) -> None:
    session_id = care.is_the_day()
    ana = care.ana()
    assert (
        f'href="/sessions/{session_id}/day" data-hx-boost="false"' in ana.get(f"/sessions/{session_id}").text
    )
    page = ana.get(f"/sessions/{session_id}/day").text
    assert 'data-theme="dark"' in page
    assert '<body class="partner hush"' in page
    assert "hx-boost:inherited" not in page
    assert "<nav" not in page
    assert "<time" not in page
    assert 'id="quick-exit"' in page
    assert len(words_of(page)) < 40
    assert not re.search(r"\d:\d\d", page)


def test_yes_is_said_again_and_then_nothing_is_asked(care: Care) -> None:
    session_id = care.is_the_day()
    ana, here = care.ana(), f"/sessions/{session_id}/day"
    assert "Nothing begins unless you say yes today." in ana.get(here).text
    assert ana.post(here, {"act": "again"}).headers["Location"] == here
    assert state_of(care, session_id) == "reaffirmed"
    page = ana.get(here).text
    assert "There’s nothing you need to do." in page
    assert 'value="again"' not in page
    assert 'value="withdraw"' in page


@pytest.mark.C1
@pytest.mark.parametrize("has_begun", [False, True])
def test_stopping_is_one_tap(care: Care, has_begun: bool) -> None:
    session_id = care.couple.on_the_day()
    care.gateway_follows()
    if has_begun:
        assert care.couple.start(session_id).status_code == 201
    ana, here = care.ana(), f"/sessions/{session_id}/day"
    ana.get(here)
    assert ana.post(here, {"act": "withdraw"}).headers["Location"] == here
    assert state_of(care, session_id) == "withdrawn"
    page = ana.get(here).text
    assert "You said stop. That counts." in page
    assert len(words_of(page)) < 40
    after = ana.get(f"/sessions/{session_id}/consent").text
    assert ("Nothing more is given" in after) is has_begun
    # The other partner reads the neutral sentence, or what they would read anyhow.
    seen = care.bo().get(here)
    if has_begun:
        assert "stop. That counts" not in seen.text
    else:
        assert seen.headers["Location"] == f"/sessions/{session_id}"
        shown = care.bo().get(f"/sessions/{session_id}").text
        assert "This session isn’t going ahead as planned" in shown


def test_before_the_day_there_is_no_such_page(care: Care) -> None:
    session_id, integration_id = care.couple.confirmed()
    ana = care.ana()
    assert ana.get(f"/sessions/{session_id}/day").headers["Location"] == f"/sessions/{session_id}"
    assert ana.get(f"/sessions/{integration_id}/day").status_code == 404
