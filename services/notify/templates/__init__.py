"""The texts, one data file for each language. They name nobody, no medicine and no reason."""

import json
from dataclasses import dataclass
from importlib.resources import files

LANGUAGES = ("en", "es")


@dataclass(frozen=True)
class Texts:
    """The texts of one language. `{sender}` is the practice's discreet name, `{link}` an address of the platform."""

    subject: str
    body: str
    a_practice: str
    inbox: dict[str, str]


def _load(language: str) -> Texts:
    return Texts(**json.loads(files(__name__).joinpath(f"{language}.json").read_text(encoding="utf-8")))


_TEXTS = {language: _load(language) for language in LANGUAGES}


def texts(language: str) -> Texts:
    """The texts of a language; English for one there is none for."""
    return _TEXTS.get(language, _TEXTS["en"])
