"""Every problem code has its words in both languages, and no words are left over; pages too."""

import importlib
import re
from pathlib import Path

import pytest

from services.gateway.language import field_texts, page_texts, problem_texts
from services.gateway.view import LANGUAGES
from shared.errors import REGISTRY
from shared.faults import CODES
from shared.settings import SERVICES

GATEWAY = Path(__file__).resolve().parents[2] / "services" / "gateway"


@pytest.fixture(autouse=True)
def _all_codes() -> None:
    for service in SERVICES:
        importlib.import_module(f"services.{service}.app")
        importlib.import_module(f"services.{service}.problems")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_words_and_no_words_are_left_over(language: str) -> None:
    ours = {
        code for code, problem in REGISTRY.items() if problem.__module__.startswith(("services.", "shared."))
    }
    words = problem_texts(language)
    assert ours - set(words) == set(), "codes without words"
    assert set(words) - ours == set(), "words without a code"
    for code, text in words.items():
        assert set(text) == {"title", "detail"}, code
        assert all(text.values()), code


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_of_a_field_has_its_sentence_and_no_sentence_is_left_over(language: str) -> None:
    sentences = field_texts(language)
    assert set(sentences) == CODES
    for code, sentence in sentences.items():
        bounds = set(re.findall(r"{(\w+)}", sentence))
        assert sentence.strip(), code
        assert bounds == set(re.findall(r"{(\w+)}", field_texts("en")[code])), code


def test_pages_say_the_same_in_both_languages() -> None:
    english, spanish = page_texts("en"), page_texts("es")
    assert set(english) == set(spanish)
    same = {name for name in english if english[name] == spanish[name]}
    assert same <= {"title"}


def test_every_text_of_a_page_is_used() -> None:
    sources = "".join(path.read_text() for path in [*GATEWAY.rglob("*.html"), *GATEWAY.rglob("*.py")])
    used = set(re.findall(r"\bt\.(\w+)", sources)) | set(re.findall(r'"(\w+)"', sources))
    # Asked for by a name that is put together: t["state_" ~ one.state], f"role_{role}".
    families = tuple({"".join(pair) for pair in re.findall(r'"(\w+_)" ~|f"(\w+_)\{', sources)})
    unused = {
        name
        for name in page_texts("en")
        if name not in used and not name.startswith(families) and name.removesuffix("_nothing") not in used
    }
    assert unused == set()
    assert set(re.findall(r"\bt\.(\w+)", sources)) <= set(page_texts("en"))


def test_the_texts_keep_the_voice() -> None:
    for language in LANGUAGES:
        text = (
            str(problem_texts(language)) + str(page_texts(language)) + str([*field_texts(language).values()])
        )
        assert "!" not in text
        assert not re.search(r"\b(please|invalid|failed|por favor|usted)\b", text, re.IGNORECASE)
