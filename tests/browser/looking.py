"""What holds for every page, whatever it is about: one line for each thing that does not."""

import re
from typing import Any

from playwright.sync_api import Page

LEAST_PX = 44
THEMES = re.compile(r"(?i)ketamin|mdma|psilocybin|psychedelic|trauma|sexual|violen|abuse|canary")

_LOOK = """(least) => {
    const said = [];
    const shown = (one) => one.checkVisibility({visibilityProperty: true}) && !one.closest(".hidden, .skip");
    const name = (one) => `${one.tagName.toLowerCase()} "${(one.innerText || one.name || one.id).trim().slice(0, 40)}"`;
    const heads = document.querySelectorAll("h1").length;
    if (heads !== 1) said.push(`${heads} h1`);
    for (const one of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
        const named = [...(one.labels || [])].some((label) => label.textContent.trim());
        if (!named && !one.getAttribute("aria-label") && !one.getAttribute("aria-labelledby"))
            said.push(`no label: ${name(one)}`);
    }
    const bars = ".tabbar a, .topbar a, nav a, .actions a, .links a, .back, .segments a, button, summary, a.button";
    for (const one of document.querySelectorAll(bars)) {
        const box = one.getBoundingClientRect();
        if (shown(one) && box.width > 0 && Math.min(box.height, box.width) < least - 0.5)
            said.push(`${Math.round(box.width)} × ${Math.round(box.height)} px: ${name(one)}`);
    }
    const parts = [...document.querySelectorAll("main > :not(aside)")].filter(shown);
    const begins = (one) => one.getBoundingClientRect().left;
    const edge = Math.min(...parts.map(begins));
    for (const one of parts)
        if (begins(one) > edge + least) said.push(`beside the page's own column: ${name(one)}`);
    if (document.documentElement.scrollWidth > innerWidth)
        said.push(`${document.documentElement.scrollWidth} px wide on ${innerWidth}`);
    return said;
}"""


def wrong_with(page: Page) -> list[str]:
    """Headings, labels, sizes of what is tapped, columns and width, at the size that the page has now."""
    found: list[str] = page.evaluate(_LOOK, LEAST_PX)
    return found


def wrong_with_title(title: str, names: set[str]) -> list[str]:
    """A title shows in a browser's history and on its tabs: no person, and nothing of what care is about."""
    if not title.strip():
        return ["no title"]
    told = [name for name in names if re.search(rf"\b{re.escape(name)}\b", title)]
    return [f"the title says {one!r}" for one in [*told, *THEMES.findall(title)]]


def wrong_with_answer(answer: Any) -> list[str]:
    """It came, as a page, and is kept by no one."""
    if answer is None or answer.status != 200:
        return [f"status {answer and answer.status}"]
    kept = answer.headers.get("cache-control", "")
    return [] if "no-store" in kept else [f"Cache-Control: {kept!r}"]
