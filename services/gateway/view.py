"""How a person wants pages: language, light or dark, easier letters. A cookie of this browser, nothing else."""

from dataclasses import dataclass

from flask import g, request

COOKIE = "__Host-attune-view"
LANGUAGES = ("en", "es")
THEMES = ("auto", "light", "dark")
READINGS = ("usual", "easier")


@dataclass(frozen=True)
class View:
    """`language` is one of LANGUAGES, or empty: then the browser's own wish counts."""

    language: str = ""
    theme: str = "auto"
    reading: str = "usual"


def chosen() -> View:
    """What this browser's cookie says; what is not one of the choices is not taken."""
    if "view" not in g:
        parts = [*request.cookies.get(COOKIE, "").split("."), "", "", ""]
        g.view = View(
            one_of(parts[0], LANGUAGES, ""),
            one_of(parts[1], THEMES, "auto"),
            one_of(parts[2], READINGS, "usual"),
        )
    view: View = g.view
    return view


def one_of(text: str, choices: tuple[str, ...], default: str) -> str:
    """`text` where it is one of the choices."""
    return text if text in choices else default
