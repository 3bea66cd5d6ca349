"""Somebody with a browser, without a browser: keeps cookies, and sends forms as the page they are on gave them."""

import re
from typing import Any

from services.gateway.identity import COOKIE
from tests.gateway.door import Door

BASE = "https://localhost"


class Visitor:
    """`cookie` signs in. `get` a page, then `post` its form: the token and the key of that page go along."""

    def __init__(self, door: Door, *, cookie: str = "") -> None:
        self.door = door
        self._client = door.app.test_client()
        self.cookie = cookie
        self._hidden: dict[str, str] = {}
        self.sent_before: dict[str, str] = {}
        """What the form that was sent last had hidden in it: to send the very same one again."""
        if cookie:
            self._client.set_cookie(COOKIE, cookie, domain="localhost", secure=True)

    def get(self, path: str, **headers: str) -> Any:
        answer = self._client.get(path, base_url=BASE, headers={"Accept": "text/html", **headers})
        self._remember(answer)
        return answer

    def post(self, path: str, fields: dict[str, Any] | None = None, **headers: str) -> Any:
        """Send a form of the page that was last looked at."""
        self.sent_before = self._hidden
        answer = self._client.post(
            path,
            base_url=BASE,
            data={**self._hidden, **(fields or {})},
            headers={"Accept": "text/html", "Origin": BASE, **headers},
        )
        self._remember(answer)
        return answer

    def forget(self) -> None:
        """The browser has no cookie of a sign-in any more."""
        self._client.delete_cookie(COOKIE, domain="localhost")

    def _remember(self, answer: Any) -> None:
        found = dict(re.findall(r'name="(csrf_token|form_key)" value="([^"]+)"', answer.text))
        self._hidden = found or self._hidden
