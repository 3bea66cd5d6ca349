"""Routes of the public API by their templates, as the tables of scopes and of what is on its way out name them."""

import re
from dataclasses import dataclass
from functools import cached_property

_PART = re.compile(r"\{(\w+)\}|\*\*|[^{*]+")
_ID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
BASE = "/api/v1/"


@dataclass(frozen=True)
class ApiRoute:
    """One method of one path below /api/v1/: `GET intake/couples/{couple_id}`. `**` stands for all that follows."""

    method: str
    template: str

    @cached_property
    def _form(self) -> re.Pattern[str]:
        return re.compile("".join(_piece(found) for found in _PART.finditer(self.template)))

    def fits(self, method: str, path: str) -> bool:
        """Whether a request is for this route; `path` without /api/v1/. HEAD asks as GET does. `*`: any method."""
        asked = "GET" if method == "HEAD" else method
        return self.method in ("*", asked) and self._form.fullmatch(path) is not None

    def covers(self, other: "ApiRoute") -> bool:
        """Whether this names the other, or is a pattern that holds it."""
        if self.method not in ("*", other.method):
            return False
        return self.template == other.template or (
            self.template.endswith("**") and other.template.startswith(self.template[:-2])
        )

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


def route(text: str) -> ApiRoute:
    """From `GET intake/couples`."""
    method, _, template = text.partition(" ")
    return ApiRoute(method, template)


def _piece(found: re.Match[str]) -> str:
    name, text = found[1], found[0]
    if name is not None:
        # An id is only ever an id: a noun beside it is another route.
        return _ID if name.endswith("_id") else "[^/]+"
    return ".+" if text == "**" else re.escape(text)
