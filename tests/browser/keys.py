"""Somebody who has a keyboard and no mouse: Tab, Enter, Space and arrows, and what is focused always shows."""

from typing import Any

from tests.browser.person import Person

_MOST_TABS = 90
_FOCUSED = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const style = getComputedStyle(one), box = one.getBoundingClientRect();
    const label = one.getAttribute("aria-label") || [...(one.labels || [])].map((each) => each.innerText).join(" ");
    return {
        name: (label || one.innerText || one.name || "").replace(/\\s+/g, " ").trim(),
        is_start: one.id === "main" || one.getAttribute("role") === "alert",
        is_marked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        is_on_screen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
}"""


class Keys:
    """`one`'s page, by keyboard alone."""

    def __init__(self, one: Person) -> None:
        self._one, self._page = one, one.page

    def to(self, name: str) -> None:
        """Tab on until what is called `name` has the focus; all the way one sees where one is."""
        seen = []
        for _ in range(_MOST_TABS):
            self._page.keyboard.press("Tab")
            if (focused := self._focused()) is None:
                continue  # past the end: the browser's own bar
            self._is_seen(focused)
            if focused["name"].startswith(name):
                return
            seen.append(focused["name"])
        raise AssertionError(f"{name!r} is not among {seen}")

    def press(self, *keys: str) -> None:
        """Keys on what has the focus; it stays in sight."""
        for key in keys:
            self._page.keyboard.press(key)
        focused = self._focused()
        assert focused is not None, f"{keys} lost the focus"
        self._is_seen(focused)

    def write(self, words: str) -> None:
        self._page.keyboard.type(words)

    def go_on(self, heading: str, key: str = "Enter") -> None:
        """Press what has the focus; then another page has this heading, and reading begins there."""
        self._page.evaluate("document.getElementById('main').dataset.before = ''")
        self._page.keyboard.press(key)
        self._page.locator("#main:not([data-before])").wait_for()
        self._page.get_by_role("heading", name=heading).first.wait_for()
        self._page.wait_for_load_state("networkidle")
        self._one.site.settle()
        focused = self._focused()
        assert focused is not None, f"the focus is lost on {self._page.url}"
        assert focused["is_start"], f"on {self._page.url} the focus is at {focused['name']!r}"

    def _focused(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._page.evaluate(_FOCUSED)
        return found

    def _is_seen(self, focused: dict[str, Any]) -> None:
        where = f"{focused['name'][:60]!r} on {self._page.url}"
        assert focused["is_marked"] or focused["is_start"], f"the focus does not show at {where}"
        assert focused["is_on_screen"], f"the focus is beside the screen at {where}"
