"""A partner at the pages: reads one, fills in its form, sends it. One browser each, as a real couple has."""

import html
import re
from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from services.gateway.identity import COOKIE

HERE = "https://localhost"
_FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)
_FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_SHARED = re.compile(r"<article class=\"card raised flow\">.*?</article>", re.DOTALL)


class Reader:
    """Keeps cookies, and sends a form with its hidden fields as a browser does."""

    def __init__(self, app: Flask, cookie: Mapping[str, str]) -> None:
        self.client: FlaskClient = app.test_client()
        self.client.set_cookie(COOKIE, cookie["Cookie"].split("=", 1)[1], domain="localhost", secure=True)

    def get(self, path: str, *, language: str = "en") -> Any:
        headers = {"Accept": "text/html", "Accept-Language": language}
        return self.client.get(path, base_url=HERE, headers=headers)

    def text(self, path: str) -> str:
        """The page as it is; it is there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return str(html.unescape(answer.text))

    def hidden(self, page: str, action: str) -> dict[str, str]:
        """The hidden fields of the form that goes to `action`."""
        form = next(one for one in _FORM.findall(page) if f'action="{action}"' in one)
        return {name: html.unescape(value) for name, value in _FIELD.findall(form)}

    def send(self, action: str, data: Mapping[str, str] | None = None, *, on: str | None = None) -> Any:
        """Read the page `on` (by default the form's own address), and send its form with `data`."""
        return self.post(action, {**self.hidden(self.text(on or action), action), **(data or {})})

    def post(self, action: str, data: Mapping[str, str]) -> Any:
        """Send these fields as they are."""
        headers = {"Accept": "text/html", "Origin": HERE}
        return self.client.post(action, data=data, base_url=HERE, headers=headers)


def as_shared(page: str) -> list[str]:
    """What a page shows as shared: in a preview, or to its reader."""
    return _SHARED.findall(page)
