"""What pages say can be read at the age of 9 to 11: short sentences of short words, by the usual formulas.

English: the grade of Flesch and Kincaid (1975), to which five years are added. Spanish: the scale of Fernández Huerta
(1959), on which 80 and more is easy, as for a child of that age. Both count syllables as groups of vowels.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[2] / "services" / "gateway" / "texts" / "pages"
FILES = sorted(one.name for one in (PAGES / "en").glob("*.json"))
LONGEST, OLDEST, LEAST_EASE = 30, 11, 80
_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_LEAST = 4
"""A label of one or two words is no sentence."""


def sentences(texts: Iterable[str]) -> list[list[str]]:
    parts = (part for text in texts for part in re.split(r"(?<=[.?:;])\s+", text))
    found = (_WORD.findall(part) for part in parts)
    return [words for words in found if len(words) >= _LEAST]


def syllables(word: str, language: str) -> int:
    groups = len(re.findall("[aeiouyáéíóúü]+", word.lower()))
    is_mute = language == "en" and re.search("[^le]e$", word.lower()) is not None
    return max(1, groups - is_mute)


def sizes(said: list[list[str]], language: str) -> tuple[float, float]:
    """Words in a sentence, and syllables in a word."""
    words = [word for sentence in said for word in sentence]
    return len(words) / len(said), sum(syllables(one, language) for one in words) / len(words)


def age_in_english(said: list[list[str]]) -> float:
    in_sentence, in_word = sizes(said, "en")
    return 0.39 * in_sentence + 11.8 * in_word - 15.59 + 5


def ease_in_spanish(said: list[list[str]]) -> float:
    in_sentence, in_word = sizes(said, "es")
    return 206.84 - 60 * in_word - 1.02 * in_sentence


def of(language: str, name: str) -> list[list[str]]:
    return sentences(json.loads((PAGES / language / name).read_text()).values())


@pytest.mark.parametrize("name", FILES)
def test_what_pages_say_can_be_read_by_a_child(name: str) -> None:
    assert age_in_english(of("en", name)) <= OLDEST
    assert ease_in_spanish(of("es", name)) >= LEAST_EASE


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_sentence_is_long(language: str) -> None:
    long = [" ".join(one) for name in FILES for one in of(language, name) if len(one) > LONGEST]
    assert long == []


def test_what_is_hard_to_read_is_found() -> None:
    hard = sentences(
        [
            "Notwithstanding the foregoing, participation necessitates comprehensive documentation of any"
            " contraindicated pharmacological interventions preceding the therapeutic administration."
        ]
    )
    assert age_in_english(hard) > OLDEST + 5
    difficult = sentences(
        ["La participación requiere documentación exhaustiva de intervenciones farmacológicas."]
    )
    assert ease_in_spanish(difficult) < LEAST_EASE
