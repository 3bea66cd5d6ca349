"""The words for problem codes and pages, in the reader's language. Services send codes; the words live here."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from flask import Response, request

from services.gateway.view import LANGUAGES, chosen

_TEXTS = Path(__file__).parent / "texts"


def language() -> str:
    """The language that was chosen here, else the one the request likes best of those there are: es-MX is es."""
    if picked := chosen().language:
        return picked
    asked = [name.partition("-")[0].lower() for name, quality in request.accept_languages if quality > 0]
    return next((name for name in asked if name in LANGUAGES), "en")


@cache
def problem_texts(name: str) -> dict[str, dict[str, str]]:
    """`{code: {title, detail}}` of one language."""
    texts: dict[str, dict[str, str]] = _read(_TEXTS / f"{name}.json")
    return texts


@cache
def field_texts(name: str) -> dict[str, str]:
    """`{code: sentence}` for field errors in one language; a sentence may name bounds: `{least}`, `{most}`."""
    texts: dict[str, str] = _read(_TEXTS / "fields" / f"{name}.json")
    return texts


@cache
def page_texts(name: str) -> dict[str, str]:
    """The texts of the pages in one language: those of all files of its folder together."""
    return {
        key: text
        for path in sorted((_TEXTS / "pages" / name).glob("*.json"))
        for key, text in _read(path).items()
    }


def localise(response: Response) -> Response:
    """Give a problem document its title and detail. The same problem has the same bytes, wherever it came from."""
    if response.mimetype != "application/problem+json":
        return response
    try:
        document = in_words(json.loads(response.get_data()))
    except (ValueError, KeyError, TypeError, AttributeError):
        return response
    response.set_data(json.dumps(document, sort_keys=True, ensure_ascii=False))
    response.headers["Content-Language"] = language()
    response.headers["Vary"] = "Accept-Language"
    return response


def in_words(document: dict[str, Any]) -> dict[str, Any]:
    """A problem document with its title, its detail and a sentence for each field, in the reader's language."""
    words: dict[str, Any] = dict(problem_texts(language()).get(document["code"], {}))
    if errors := document.get("errors"):
        words["errors"] = [_in_words(error, field_texts(language())) for error in errors]
    return {**document, **words}


def _in_words(error: dict[str, Any], sentences: dict[str, str]) -> dict[str, Any]:
    """A field error in the reader's language; one of a code without a sentence stays as the service said it."""
    sentence = sentences.get(error.get("code", ""))
    try:
        return {**error, "detail": sentence.format(**error.get("facts", {}))} if sentence else error
    except KeyError:  # a sentence that names bounds, and none came along
        return error


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
