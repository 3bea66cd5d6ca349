"""A copy of everything that is one's own: complete, readable alone, and hostile words stay words."""

import html
import re

from services.gateway.pages.moments import Words
from shared.audit.by_workers import handling
from shared.db.tenancy import Scope
from tests.gateway.pages.words.conftest import Pair
from tests.gateway.pages.words.copying import ANSWERS, CENTRE, ONE, data, live, made, readable
from tests.gateway.pages.words.test_journal import write
from tests.privacy.home import address_of
from tests.sessions.couple_in_care import ZONE

HOSTILE = "</p><script>alert('1')</script>\r\n\"&<b onclick=x>\u2028{{ 7 * 7 }}"


def test_everything_of_ones_own_is_there(pair: Pair) -> None:
    live(pair)
    copy = data(pair.ana)
    assert copy["version"] == 1
    assert copy["intention"] == [
        {"question": "hope", "text": "later answer\nin two lines", "shared_text": "first answer"},
        {"question": "meeting_what_surfaces", "text": "kept answer", "shared_text": None},
    ]
    kept, shared = copy["journal"]
    assert (kept["text"], kept["channel"], kept["audience"], kept["shared"]) == (
        "kept words", "feelings", None, None,
    )  # fmt: skip
    assert (shared["text"], shared["channel"], shared["audience"]) == ("later words", "beliefs", "partner")
    assert (shared["shared"]["text"], shared["shared"]["channel"]) == ("first words", "images")
    assert [(one["day"], one["state"], one["answers"]) for one in copy["check_ins"]] == [
        (7, "open", None), (3, "skipped", None), (1, "answered", ANSWERS),
    ]  # fmt: skip
    timed = {one["kind"]: one for one in copy["sessions"]}
    assert set(timed) == {"medicine", "integration"}
    assert timed["medicine"]["state"] == "confirmed"
    assert [act["state"] for act in timed["medicine"]["consent"]["acts"]] == ["given"]
    assert timed["integration"]["consent"] is None
    assert copy["notices"]
    assert copy["preferences"]["language"] == "es"
    assert copy["addresses"] == [
        {"channel": "email", "address": address_of(pair.home.ana_id), "is_safe": True}
    ]


def test_the_readable_file_says_the_same_and_needs_nothing_else(pair: Pair) -> None:
    live(pair)
    page = readable(pair.ana)
    for words in (
        "later answer<br>in two lines", "What your partner sees now", "first answer", "kept answer",
        "later words", "What others see now", "first words", "kept words", "You and your partner", "Only you",
        "Day 1", "Slept well.", "7.5", "I’d rather not say", "You skipped it", "Not answered yet",
        "Long session", "Confirmed", "Your consent: Signed", "The text as it reads now", "21:00", "07:00",
        address_of(pair.home.ana_id), "Oak Practice",
    ):  # fmt: skip
        assert words in page, words
    assert "default-src 'none'" in page
    assert not re.search(
        r"(?i)<(script|link|img|iframe|style|form|a)\b|\b(src|href|action|style)=|https?://", page
    )
    ids = re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-", page.replace(address_of(pair.home.ana_id), ""))
    assert ids == []


def test_what_was_signed_stands_there_with_its_time(pair: Pair) -> None:
    live(pair)
    (act,) = next(one["consent"]["acts"] for one in data(pair.ana)["sessions"] if one["consent"])
    assert f'Signed, <time datetime="{act["at"]}">{Words("en").full(act["at"], ZONE)}</time>' in readable(
        pair.ana
    )
    moments = re.findall(r"\d{4}-\d\d-\d\dT[^\"]+", made(pair.ana, "data").text)
    assert len(moments) > 5
    assert [one for one in moments if not one.endswith("+00:00")] == [], "all are written alike"


def test_a_consent_that_a_restore_put_back_has_to_be_given_again(pair: Pair) -> None:
    """It reads neither as signed nor as if they had never signed."""
    live(pair)
    home = pair.home
    side = home.world.sides["sessions"]
    rule = {"restore": side.spec.restored.audits}
    with (
        side.database.transaction(Scope(home.practice, role="worker")) as db,
        handling(db, rule, "restore", relation="restore", handler="ask_consents_again"),
    ):
        assert side.spec.restored.act(db, home.now) == 1
    page = readable(pair.ana)
    assert "Your consent: Has to be given again" in page
    assert re.search(r"<li>Signed, .*</li><li>Has to be given again, ", page)
    assert "Not signed" not in page


def test_it_comes_as_a_file_whose_name_says_nothing_and_which_nobody_keeps(pair: Pair) -> None:
    for kind, name in (("page", "copy.html"), ("data", "copy.json")):
        headers = made(pair.ana, kind).headers
        assert headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert "<title>Copy</title>" in readable(pair.ana)


def test_hostile_words_stay_words(pair: Pair) -> None:
    pair.ana.send(ONE, {"text": HOSTILE})
    write(pair.ana, HOSTILE)
    kept = HOSTILE.replace("\r\n", "\n")
    copy = data(pair.ana)
    assert (copy["intention"][0]["text"], copy["journal"][0]["text"]) == (kept, kept)
    page = made(pair.ana).text
    assert "<script" not in page
    assert "<b " not in page
    assert page.count("&lt;/p&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;<br>") == 2
    assert page.count("{{ 7 * 7 }}") == 2


def test_words_that_were_emptied_after_sharing_still_stand_as_shared(pair: Pair) -> None:
    pair.ana.send(ONE, {"text": "once said"})
    pair.ana.send(f"{ONE}/share", {"audience": "both"})
    pair.ana.send(ONE, {"text": ""})
    assert data(pair.ana)["intention"] == [{"question": "hope", "text": "", "shared_text": "once said"}]
    assert "once said" in readable(pair.ana)


def test_it_speaks_spanish(pair: Pair) -> None:
    live(pair)
    page = html.unescape(made(pair.ana, language="es").text)
    for words in (
        '<html lang="es">',
        "<title>Copia</title>",
        "Tu diario",
        "Tus respuestas",
        "Día 1",
        "Firmado",
    ):
        assert words in page, words
    assert "Una copia de lo tuyo" in html.unescape(pair.ana.get(CENTRE, language="es").text)
